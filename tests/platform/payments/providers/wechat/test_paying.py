"""cat buys tea by WeChat Pay: by a code, in her phone's browser, on WeChat's own sheet."""

from datetime import datetime, timedelta

import pytest
from at_wechat import BACK, DESKTOP, PHONE, by_both_keys, in_wechat, is_paid, start
from one_step import fetch

from payments import services
from payments.errors import ProviderRefused
from payments.models import Entry, Order
from payments.providers.base import Bridge, GoTo, Scan
from payments.providers.wechat import WechatPay

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@by_both_keys
def test_cat_scans_a_code_on_her_desktop_and_has_her_tea(order, tea, till):
    step, payment = start(order)
    assert isinstance(step, Scan)
    assert "一盏茶" in fetch(step.content)[2]
    fetch(step.content, b"do=pay")
    assert till.mail.arrives() == [200]
    assert is_paid(order, tea)
    payment.refresh_from_db()
    assert payment.paid_at is not None
    assert dict(Entry.objects.values_list("account", "amount")) == {"provider:wechat": 6800, "sales:tea": -6800}


def test_cat_pays_in_her_phones_browser_and_comes_back(order, tea, till):
    step, _payment = start(order, PHONE)
    assert isinstance(step, GoTo)
    assert "一盏茶" in fetch(step.url, Referer="http://testserver/")[2]
    assert fetch(step.url, b"do=pay", Referer=step.url)[1] == BACK
    till.mail.arrives()
    assert is_paid(order, tea)


def test_cat_pays_on_wechats_own_sheet(order, tea, till):
    step, _payment = start(order, in_wechat(till))
    assert isinstance(step, Bridge)
    assert till.bridge(step.params) == "ok"
    till.mail.arrives()
    assert is_paid(order, tea)


def test_cat_changes_her_mind_and_pays_later(order, tea, till):
    step, payment = start(order, PHONE)
    assert fetch(step.url, b"do=decline", Referer=step.url)[1] == BACK
    assert WechatPay().look_up(payment=payment) == []
    again, same = start(order, PHONE)
    assert (again, same) == (step, payment)
    fetch(again.url, b"do=pay", Referer=step.url)
    till.mail.arrives()
    assert is_paid(order, tea)


def test_a_title_longer_than_wechat_takes_is_cut(order, till):
    Order.objects.filter(pk=order.pk).update(title="茶" * 200)
    order.refresh_from_db()
    assert isinstance(start(order)[0], Scan)


def test_wechat_is_told_when_the_order_ends(order, till):
    _step, payment = start(order)
    until = datetime.fromisoformat(till.books["trades"][payment.reference]["asked"]["time_expire"])
    assert abs(until - order.closes_at) < timedelta(seconds=1)
    till.clock.advance(31 * 60)
    assert till.pay(payment.reference) is None


def test_an_order_in_dollars_is_not_taken(order, till):
    Order.objects.filter(pk=order.pk).update(currency="USD")
    order.refresh_from_db()
    with pytest.raises(ProviderRefused, match="人民币"):
        services.start_payment(order=order, visit=DESKTOP)

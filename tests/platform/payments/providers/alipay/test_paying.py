"""cat pays on Alipay's page, in its app or by a code."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from at_alipay import WEBHOOK, begin, cashier, configured, number_of, pay, press, visit
from tills import nothing_happened

from payments import services
from payments.errors import ProviderRefused
from payments.models import Entry, Order, Payment
from payments.providers.alipay import written
from payments.providers.base import GoTo, Scan, Surface

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_cat_pays_on_alipays_page_and_has_her_tea(order, till, tea):
    answer = pay(order, till)
    assert answer.headers["Location"].startswith("http://testserver/orders/1/?")
    assert order.state == Order.State.PAID
    assert tea.had == {order.number}
    assert dict(Entry.objects.values_list("account", "amount")) == {"provider:alipay": 6800, "sales:tea": -6800}


def test_on_a_phone_she_gets_the_page_that_opens_the_app(order, till, tea):
    address = begin(order, Surface.PHONE).url
    wish = dict(parse_qsl(urlsplit(address).query))
    assert wish["method"] == "alipay.trade.wap.pay"
    page = requests.get(address, timeout=5)
    assert "一盏茶" in page.text
    press(page.url, "pay")
    till.post.settle()
    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_a_code_on_the_desktop_is_scanned_and_paid(order, till, tea, settings):
    settings.ALIPAY = configured(till, desktop="qr")
    step = begin(order)
    assert isinstance(step, Scan)
    assert begin(order) == step
    assert sum("precreate" in ask.target for ask in till.asked) == 1
    press(step.content, "pay")
    till.post.settle()
    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_the_desktop_page_is_told_what_is_to_be_paid_to_the_fen(order, till):
    begun = begin(order)
    assert isinstance(begun, GoTo)
    requests.get(begun.url, timeout=5)
    trade = till.desk.by_number(number_of(order))
    assert (trade["amount"], trade["subject"]) == (6800, "一盏茶")
    assert trade["notify_url"] == f"http://testserver{WEBHOOK}"
    assert trade["expires_at"] == written.local(order.closes_at)


def test_a_title_keeps_clear_of_the_signs_alipay_forbids(order, till):
    Order.objects.filter(pk=order.pk).update(title="茶/酒 & 点心=68")
    order.refresh_from_db()
    requests.get(begin(order).url, timeout=5)
    assert till.desk.by_number(number_of(order))["subject"] == "茶／酒 ＆ 点心＝68"


def test_an_attempt_is_taken_up_again(order, till):
    first, second = cashier(order), cashier(order, Surface.PHONE)
    assert first == second
    assert Payment.objects.count() == len(till.desk.trades()) == 1


def test_whoever_leaves_or_is_declined_can_still_pay(order, till, tea):
    address = cashier(order, Surface.PHONE)
    assert press(address, "leave").headers["Location"] == "http://testserver/orders/1/"
    assert "余额不足" in press(address, "decline").text
    services.refresh(order=order)
    assert nothing_happened(order, tea)
    pay(order, till)
    assert tea.had == {order.number}


def test_alipay_is_not_offered_inside_wechat_nor_for_other_money(order, alipay, settings):
    assert [alipay.serves(surface) for surface in Surface] == [False, True, True]
    with pytest.raises(ProviderRefused):
        begin(order, Surface.WECHAT)
    settings.CURRENCY = "USD"
    assert not any(alipay.serves(surface) for surface in Surface)
    order.payments.update(currency="USD")
    with pytest.raises(ProviderRefused):
        alipay.start(payment=order.payments.get(), visit=visit())


def test_what_is_sent_tells_the_time_of_china_wherever_the_school_is(order, till, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    pay(order, till)
    services.refresh(order=order)
    for ask in till.asked:
        if ask.path == "/gateway.do":
            sent = written.moment(ask.query["timestamp"])
            assert abs(datetime.now(UTC) - sent) < timedelta(seconds=60)

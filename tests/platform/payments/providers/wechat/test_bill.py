"""WeChat's bill of a day, beside our books."""

import dataclasses
import gzip
from datetime import datetime, timedelta

import pytest
from at_wechat import by_both_keys, give_back, is_paid, pay
from django.utils import timezone

from payments import services
from payments.errors import BillNotReady, ProviderUnreachable
from payments.models import Order
from payments.providers.base import Kind
from payments.providers.wechat import WechatPay
from payments.simulators.wechat.layout import BEIJING

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def after(till, hours):
    """As if it were so much later in both places."""
    till.clock.advance(hours * 3600)


@by_both_keys
def test_the_bill_says_what_was_paid_and_given_back(paid, till):
    refund = give_back(paid, 1800)
    today = datetime.now(BEIJING).date()
    after(till, 48)
    bought, given = WechatPay().bill(day=today)
    payment = paid.payments.get()
    assert (bought.kind, bought.reference, bought.amount) == (Kind.PAID, payment.reference, 6800)
    assert (bought.currency, bought.fee, bought.refund_reference) == ("CNY", 41, "")
    assert abs(bought.at - timezone.now()) < timedelta(minutes=2)
    assert (given.kind, given.reference, given.amount) == (Kind.REFUNDED, payment.reference, 1800)
    assert (given.refund_reference, given.fee) == (refund.reference, -11)


def test_a_bill_may_have_commas_in_it(order, till):
    Order.objects.filter(pk=order.pk).update(title="茶,水,`器")
    order.refresh_from_db()
    payment = pay(order, till)
    after(till, 48)
    (line,) = WechatPay().bill(day=datetime.now(BEIJING).date())
    assert (line.reference, line.amount) == (payment.reference, 6800)


def test_a_refund_that_failed_is_not_in_the_bill(paid, till):
    till.refund_ends = "CLOSED"
    give_back(paid)
    after(till, 48)
    assert [line.kind for line in WechatPay().bill(day=datetime.now(BEIJING).date())] == [Kind.PAID]


def test_a_day_without_money_has_an_empty_bill(till):
    assert WechatPay().bill(day=datetime.now(BEIJING).date() - timedelta(days=5)) == []


def test_a_day_that_is_not_over_has_no_bill_yet(paid, till):
    today = datetime.now(BEIJING).date()
    with pytest.raises(BillNotReady):
        WechatPay().bill(day=today)
    with pytest.raises(BillNotReady):
        WechatPay().bill(day=today + timedelta(days=3))


BROKEN = {"changed": lambda data: gzip.compress(gzip.decompress(data) + b" "), "cut": lambda data: data[:-9]}


@pytest.mark.parametrize("how", BROKEN)
def test_a_bill_that_was_changed_on_the_way_is_not_read(paid, till, monkeypatch, how):
    after(till, 48)
    whole = till.bills._download

    def broken(ask):
        reply = whole(ask)
        return dataclasses.replace(reply, body=BROKEN[how](reply.body))

    till._routes = [(m, p, broken if h == till.bills._download else h) for m, p, h in till._routes]
    with pytest.raises(ProviderUnreachable):
        WechatPay().bill(day=datetime.now(BEIJING).date())


def test_a_bill_that_is_not_packed_is_read_as_well(paid, till):
    after(till, 48)
    packed = till.bills.laid_out
    till.bills.laid_out = lambda text, is_packed: packed(text, is_packed=False)
    assert len(WechatPay().bill(day=datetime.now(BEIJING).date())) == 1


def test_the_days_books_agree_with_wechats_bill(paid, till):
    give_back(paid, 1800)
    till.mail.arrives()
    today = datetime.now(BEIJING).date()
    assert services.reconcile(provider="wechat", day=today).state == "waiting"
    after(till, 48)
    held = services.reconcile(provider="wechat", day=today)
    assert (held.state, held.lines, held.received, held.returned) == ("even", 2, 6800, 1800)


def test_what_wechat_took_and_nobody_told_us_is_found_in_the_bill(order, tea, till):
    payment = pay(order, till)
    till.mail.lost()
    after(till, 48)
    held = services.reconcile(provider="wechat", day=datetime.now(BEIJING).date())
    assert is_paid(order, tea)
    assert held.differences.get().reference == payment.reference

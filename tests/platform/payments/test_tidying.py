"""What nobody told us: the sweeper asks, reminds and closes."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tills import charge, notify

from payments import services
from payments.errors import ProviderUnreachable
from payments.models import Order, Refund
from payments.providers.sandbox import Sandbox, desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def age(order, minutes):
    """As if the order had been placed so long ago."""
    past = timezone.now() - timedelta(minutes=minutes)
    Order.objects.filter(pk=order.pk).update(created_at=past, closes_at=past + timedelta(minutes=30))
    order.refresh_from_db()


@pytest.fixture
def slipped(order, line, monkeypatch):
    """Closed while cat was typing her code: she has paid for it all the same, and the notice is lost."""
    bill = charge(order)
    age(order, 31)
    with monkeypatch.context() as deaf:
        deaf.setattr(desk, "close", lambda **asked: None)
        services.close_order(order=order)
    line.is_cut = True
    desk.settle(charge=bill, pay=True)
    return order


def goes_back(order, mailoutbox, do_tasks):
    do_tasks()
    told = [mail.subject for mail in mailoutbox]
    order.refresh_from_db()
    assert order.state == Order.State.CLOSED
    return order.payments.get().refunded == 6800 and told == ["这笔款退给你：一盏茶", "已退款：一盏茶"]


def test_cat_paid_but_the_notice_was_lost_the_sweeper_asks(order, tea, line):
    line.is_cut = True
    desk.settle(charge=charge(order), pay=True)
    age(order, 2)
    assert services.sweep()["asked"] == 1
    assert tea.had == {order.number}


def test_an_order_placed_a_moment_ago_is_left_alone(order, line):
    charge(order)
    assert not any(services.sweep().values())


def test_after_half_an_hour_the_order_is_closed_at_the_till_too(order, tea):
    bill = charge(order)
    age(order, 31)
    assert services.sweep()["closed"] == 1
    order.refresh_from_db()
    bill.refresh_from_db()
    assert (order.state, bill.state) == (Order.State.CLOSED, "closed")


def test_cat_is_reminded_once_before_it_closes(order, mailoutbox, do_tasks):
    age(order, 16)
    assert services.sweep()["reminded"] == 1
    assert services.sweep()["reminded"] == 0
    do_tasks()
    assert [mail.subject for mail in mailoutbox] == ["还没付款：一盏茶"]
    assert "¥68" in mailoutbox[0].body
    assert order.get_absolute_url() in mailoutbox[0].body


def test_a_paid_order_is_not_closed_however_late_its_notice(order, tea, line):
    line.is_cut = True
    desk.settle(charge=charge(order), pay=True)
    age(order, 31)
    services.sweep()
    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_money_that_came_while_the_order_was_closed_is_found_and_goes_back(slipped, tea, mailoutbox, do_tasks):
    assert services.sweep()["asked"] == 1
    assert goes_back(slipped, mailoutbox, do_tasks)
    assert not tea.had
    assert services.sweep()["asked"] == 0


def test_a_quarter_of_an_hour_later_only_the_bill_of_the_day_finds_it(slipped, mailoutbox, do_tasks):
    age(slipped, 30 + 16)
    assert services.sweep()["asked"] == 0
    assert not goes_back(slipped, mailoutbox, do_tasks)
    services.reconcile(provider="sandbox", day=timezone.localdate())
    assert goes_back(slipped, mailoutbox, do_tasks)


def test_a_notice_is_heard_however_late_it_comes(slipped, line, mailoutbox, do_tasks):
    age(slipped, 60 * 24 * 30)
    assert notify(line.sent[-1]).status_code == 200
    assert goes_back(slipped, mailoutbox, do_tasks)


def test_a_provider_that_is_away_closes_nothing(order, monkeypatch):
    charge(order)
    age(order, 31)

    def away(self, **asked):
        raise ProviderUnreachable

    monkeypatch.setattr(Sandbox, "look_up", away)
    assert services.sweep()["closed"] == 0
    order.refresh_from_db()
    assert order.is_pending


def test_a_refund_that_was_never_sent_is_sent(paid, monkeypatch):
    give = Sandbox.refund

    def away(self, **asked):
        raise ProviderUnreachable

    monkeypatch.setattr(Sandbox, "refund", away)
    made = services.refund(order=paid)
    monkeypatch.setattr(Sandbox, "refund", give)
    Refund.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    assert services.sweep()["sent"] == 1
    paid.refresh_from_db()
    assert paid.state == Order.State.REFUNDED

"""M9: the provider's bill of a day beside our books; every way in which they can differ is found."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from tills import charge, pay

from notify.models import Message
from payments import services
from payments.errors import BillNotReady, ProviderUnreachable
from payments.models import Difference, Order, Payment, Reconciliation, Refund
from payments.providers.base import BillLine, Kind
from payments.providers.sandbox import Sandbox, desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def bill(monkeypatch, today):
    """The sandbox's bill of today, to be falsified: `bill.append(line)`, `bill[0] = …`."""
    lines = Sandbox().bill(day=today)
    monkeypatch.setattr(Sandbox, "bill", lambda self, day: lines)
    return lines


def kinds(day):
    held = services.reconcile(provider="sandbox", day=day)
    return held, {(one.kind, one.what) for one in held.differences.all()}


def test_a_day_without_differences_is_even(paid, bill, today):
    held, found = kinds(today)
    assert not found
    assert (held.state, held.lines, held.received, held.returned) == ("even", 1, 6800, 0)


def test_money_we_never_heard_of_is_found(paid, bill, today, otto):
    bill.append(BillLine(Kind.PAID, "stranger", 500, "CNY"))
    held, found = kinds(today)
    assert found == {("not_ours", "paid")}
    assert held.state == "different"
    assert Message.objects.filter(person=otto, title__startswith="对账有差异").count() == 1


def test_money_that_only_we_know_of_is_found(paid, bill, today):
    bill.clear()
    assert kinds(today)[1] == {("not_theirs", "paid")}


def test_a_refund_that_only_we_know_of_is_found(paid, bill, today):
    services.refund(order=paid, amount=100)
    assert kinds(today)[1] == {("not_theirs", "refunded")}


def test_a_refund_made_behind_our_back_is_found(paid, bill, today):
    bill.append(BillLine(Kind.REFUNDED, paid.payments.get().reference, 100, "CNY", "their-desk"))
    assert kinds(today)[1] == {("not_ours", "refunded")}


@pytest.mark.parametrize(
    ("change", "kind"), [({"amount": 6799}, "amount"), ({"currency": "USD"}, "currency"), ({}, "twice")]
)
def test_a_line_that_says_something_else_is_found(paid, bill, today, change, kind):
    bill.append(bill[0])
    if change:
        bill[:] = [replace(bill[0], **change)]
    assert kinds(today)[1] == {(kind, "paid")}


def test_money_whose_notice_was_lost_is_asked_about_booked_and_reported(order, tea, line, today):
    line.is_cut = True
    desk.settle(charge=charge(order), pay=True)
    held, found = kinds(today)
    order.refresh_from_db()
    assert order.state == Order.State.PAID
    assert found == {("untold", "paid")}
    assert held.state == "even"


def test_what_was_settled_stays_settled_and_what_was_mended_is_gone(paid, bill, today, otto):
    bill += [BillLine(Kind.PAID, name, 500, "CNY") for name in ("known", "gone")]
    kinds(today)
    services.settle(difference=Difference.objects.get(reference="known"), note="线下收的", by=otto)
    bill.pop()
    held, _found = kinds(today)
    assert held.state == "even"
    assert held.differences.get().note == "线下收的"


def test_a_bill_that_is_not_made_yet_is_waited_for(paid, today, monkeypatch):
    def not_yet(self, day):
        raise BillNotReady

    monkeypatch.setattr(Sandbox, "bill", not_yet)
    assert services.reconcile(provider="sandbox", day=today).state == "waiting"


def test_the_last_week_is_looked_at_until_it_is_even(paid, monkeypatch):
    asked = []
    monkeypatch.setattr(Sandbox, "bill", lambda self, day: asked.append(day) or [])
    Payment.objects.update(paid_at=timezone.now() - timedelta(days=2))
    services.reconcile_lately()
    services.reconcile_lately()
    assert len(asked) == 8  # seven days, and the one that differs again
    assert Reconciliation.objects.filter(state="different").count() == 1


def test_a_provider_that_does_not_answer_is_left_for_the_next_hour(paid, monkeypatch):
    def away(self, day):
        raise ProviderUnreachable

    monkeypatch.setattr(Sandbox, "bill", away)
    assert services.reconcile_lately() == []


def test_otto_settles_a_difference_and_says_why(login, otto, paid, bill, today):
    bill.append(BillLine(Kind.PAID, "stranger", 500, "CNY"))
    held, _found = kinds(today)
    one = held.differences.get()
    browser = login(otto)
    assert "stranger" in browser.get("/admin/snippets/payments/difference/").content.decode()
    browser.post(f"/admin/snippets/payments/difference/edit/{one.pk}/", {"note": "测试款"})
    one.refresh_from_db()
    assert (one.note, one.settled_by) == ("测试款", otto)
    held.refresh_from_db()
    assert held.state == "even"


def test_a_second_sale_on_the_same_day_is_even_too(cat, tea, paid, today):
    pay(services.place_order(person=cat, goods="tea:1"))
    held, found = kinds(today)
    assert not found
    assert held.received == 13600


def test_a_refund_asked_for_before_midnight_may_stand_on_the_bill_of_either_day(paid, today, monkeypatch):
    made = services.refund(order=paid, amount=100)
    yesterday = today - timedelta(days=1)
    Refund.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=1))
    sale = Sandbox().bill(day=today)[:1]
    back = BillLine(Kind.REFUNDED, paid.payments.get().reference, 100, "CNY", made.reference)
    bills = {yesterday: [back], today: sale}
    monkeypatch.setattr(Sandbox, "bill", lambda self, day: bills[day])
    assert not kinds(today)[1]
    bills[yesterday] = []
    assert kinds(today)[1] == {("not_theirs", "refunded")}


def test_however_many_refunds_straddle_midnight_each_bill_is_fetched_once_in_a_run(paid, today, monkeypatch):
    for _ in range(3):
        services.refund(order=paid, amount=100)
    then = timezone.now() - timedelta(days=1)
    Refund.objects.update(created_at=then - timedelta(days=1), done_at=then)
    asked = []
    monkeypatch.setattr(Sandbox, "bill", lambda self, day: asked.append(day) or [])
    services.reconcile_lately()
    assert sorted(asked) == [today - timedelta(days=back) for back in range(7, 0, -1)]


def test_a_day_waits_while_the_bill_of_the_day_before_is_needed_and_not_made_yet(paid, today, monkeypatch):
    services.refund(order=paid, amount=100)
    Refund.objects.update(created_at=timezone.now() - timedelta(days=1))
    sale = Sandbox().bill(day=today)[:1]

    def late(self, day):
        if day != today:
            raise BillNotReady
        return sale

    monkeypatch.setattr(Sandbox, "bill", late)
    assert services.reconcile(provider="sandbox", day=today).state == "waiting"

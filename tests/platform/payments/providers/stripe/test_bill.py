"""Stripe's bill of a day, beside our books."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from at_stripe import DAY, begin, held, intent_of, pay, session_of, visit

from payments import services
from payments.errors import BillNotReady
from payments.models import Order
from payments.providers.base import Kind
from payments.providers.stripe import Stripe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def yesterday(till):
    """Let Stripe's clock stand at yesterday's noon, UTC; that day."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    till.clock.advance(noon.timestamp() - till.clock.now())
    return day


def test_the_bill_of_a_day_has_every_charge_and_refund_with_the_fee(cat, tea, club, till, mail):
    day = yesterday(till)
    till.api.largest_page = 2
    bought = pay(services.place_order(person=cat, goods="tea:1"), till)
    joined = pay(services.place_order(person=cat, goods="club:1", renews=True), till)
    refund = services.refund(order=bought, amount=800)
    by_hand = till.desk.refund({"payment_intent": intent_of(bought, till), "amount": "100"})
    mail.deliver()

    lines = Stripe().bill(day=day)

    tea_ref, club_ref = bought.payments.get().reference, joined.payments.get().reference
    assert [(one.kind, one.reference, one.amount, one.refund_reference, one.fee) for one in lines] == [
        (Kind.PAID, tea_ref, 6800, "", 466),
        (Kind.PAID, club_ref, 6800, "", 466),
        (Kind.REFUNDED, tea_ref, 800, refund.reference, 0),
        (Kind.REFUNDED, tea_ref, 100, by_hand["id"], 0),
    ]
    assert {one.currency for one in lines} == {"CNY"}
    assert {one.at.date() for one in lines} == {day}
    assert Stripe().bill(day=day - timedelta(days=1)) == []


def test_a_renewal_is_in_the_bill_by_its_invoice(cat, club, till, mail):
    day = yesterday(till)
    till.clock.advance(-92 * DAY)
    order = pay(services.place_order(person=cat, goods="club:1", renews=True), till)
    till.clock.advance(92 * DAY)
    till.desk.turn()
    mail.deliver()
    renewed = order.subscription.orders.latest("pk").payments.get()
    at = datetime.fromtimestamp(till.desk.find(renewed.reference)["created"], UTC)
    assert at.date() <= day
    assert [one.reference for one in Stripe().bill(day=at.date())] == [renewed.reference]


def test_the_bill_and_our_books_agree_on_everything_that_can_happen(cat, tea, club, till, mail):
    day = yesterday(till)
    given_back = pay(services.place_order(person=cat, goods="tea:1"), till)
    services.refund(order=given_back, amount=800)
    till.desk.refund({"payment_intent": intent_of(given_back, till), "amount": "100"})
    for won in (True, False):
        order = pay(services.place_order(person=cat, goods=f"tea:{2 + won}"), till)
        services.refund(order=order, amount=800)
        dispute = till.desk.dispute(intent_of(order, till))
        till.desk.close_dispute(dispute["id"], won=won)
    transferred = services.place_order(person=cat, goods="tea:4")
    visit(begin(transferred), do="later")
    till.desk.clear(session_of(transferred, till)["id"])
    pay(services.place_order(person=cat, goods="club:1", renews=True), till)
    assert set(mail.deliver()) <= {200}

    found = services.reconcile(provider="stripe", day=day)

    assert [(one.kind, one.reference) for one in found.differences.all()] == []
    assert (found.state, found.lines, found.received) == ("even", 10, 5 * 6800)
    assert found.returned == 800 + 100 + 800 + 6800
    assert found.received - found.returned == held()


def test_a_charge_nobody_told_us_of_is_found_in_the_bill(order, tea, till, mail):
    day = yesterday(till)
    visit(begin(order), do="pay")
    mail.lose()
    found = services.reconcile(provider="stripe", day=day)
    assert [one.kind for one in found.differences.all()] == ["untold"]
    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_a_day_ends_at_midnight_utc(order, tea, till):
    day = yesterday(till)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    till.clock.ahead = midnight - time.time() - 5
    pay(order, till)
    for row in till.books["balance_transactions"].values():
        row["created"] = int(midnight) - 1
    assert len(Stripe().bill(day=day - timedelta(days=1))) == 1
    for row in till.books["balance_transactions"].values():
        row["created"] = int(midnight)
    assert Stripe().bill(day=day - timedelta(days=1)) == []
    assert len(Stripe().bill(day=day)) == 1


def test_an_account_kept_in_another_currency_is_billed_in_the_buyers(order, tea, till):
    day = yesterday(till)
    till.desk.settles = ("hkd", 1.1)
    pay(order, till)
    line = Stripe().bill(day=day)[0]
    assert (line.amount, line.currency, line.fee) == (6800, "CNY", 466)


def test_a_refund_that_came_back_is_no_line_of_the_bill(order, tea, till, mail):
    day = yesterday(till)
    pay(order, till)
    till.desk.refund({"payment_intent": intent_of(order, till)})
    till.desk.settle_refund(next(iter(till.books["refunds"])), is_done=False)
    assert [one.kind for one in Stripe().bill(day=day)] == [Kind.PAID]


def test_what_another_program_took_is_no_line_of_the_bill(order, tea, till):
    day = yesterday(till)
    pay(order, till)
    for table in ("charges", "payment_intents"):
        for row in till.books[table].values():
            row["metadata"] = {}
    assert Stripe().bill(day=day) == []


@pytest.mark.parametrize("days", [0, 1])
def test_a_day_that_is_not_over_has_no_bill_yet(days):
    with pytest.raises(BillNotReady):
        Stripe().bill(day=datetime.now(UTC).date() + timedelta(days=days))

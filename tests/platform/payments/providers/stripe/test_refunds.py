"""Money that goes back: by the buyer, an operator, or at Stripe's desk."""

import pytest
from at_stripe import DAY, begin, held, intent_of, look_up

from payments import services
from payments.errors import ProviderRefused, ProviderUnreachable
from payments.models import Order, Refund, WebhookEvent
from payments.providers.base import Kind
from payments.providers.stripe import Stripe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_cat_gives_it_all_back(paid, till, mail, tea):
    services.refund_by_buyer(order=paid)
    paid.refresh_from_db()
    assert (paid.state, tea.had, held()) == (Order.State.REFUNDED, set(), 0)
    told = set(mail.deliver())
    assert told == {200}
    assert (held(), WebhookEvent.objects.count()) == (0, 2)  # told four ways, one fact


def test_an_operator_gives_parts_back_until_nothing_is_left(paid, till, mail, tea):
    for amount in (800, 5000):
        services.refund(order=paid, amount=amount)
        mail.deliver()
    paid.refresh_from_db()
    assert (paid.state, tea.had, held()) == (Order.State.PART_REFUNDED, {paid.number}, 1000)
    services.refund(order=paid)
    paid.refresh_from_db()
    assert (paid.state, tea.had, held()) == (Order.State.REFUNDED, set(), 0)


def test_a_refund_the_bank_takes_time_for_is_told_later(paid, till, mail):
    till.desk.refunds_become = "pending"
    refund = services.refund(order=paid)
    mail.deliver()
    refund.refresh_from_db()
    assert (refund.state, held()) == (Refund.State.PENDING, 6800)
    till.desk.settle_refund(next(iter(till.books["refunds"])), is_done=True)
    mail.deliver()
    refund.refresh_from_db()
    assert (refund.state, held()) == (Refund.State.SUCCEEDED, 0)


def test_a_refund_the_bank_sends_back_has_failed_and_may_be_tried_anew(paid, till, mail):
    till.desk.refunds_become = "pending"
    refund = services.refund(order=paid)
    till.desk.settle_refund(next(iter(till.books["refunds"])), is_done=False)
    mail.deliver()
    refund.refresh_from_db()
    assert (refund.state, refund.reason, held()) == (Refund.State.FAILED, "expired_or_canceled_card", 6800)
    till.desk.refunds_become = "succeeded"
    services.refund(order=paid)
    paid.refresh_from_db()
    assert (paid.state, held()) == (Order.State.REFUNDED, 0)


def test_a_refund_that_fails_at_once_is_known_at_once(paid, till):
    till.desk.refunds_become = "failed"
    refund = services.refund(order=paid)
    refund.refresh_from_db()
    assert (refund.state, held()) == (Refund.State.FAILED, 6800)


def test_a_late_notice_of_a_refund_that_has_failed_since_does_not_revive_it(paid, till, mail):
    till.desk.refund({"payment_intent": intent_of(paid, till)})
    till.desk.settle_refund(next(iter(till.books["refunds"])), is_done=False)
    assert set(mail.deliver()) == {200}
    paid.refresh_from_db()
    assert (paid.state, held()) == (Order.State.PAID, 6800)


def test_what_the_owner_gives_back_at_stripes_desk_is_seen_here(paid, till, mail, tea):
    made = till.desk.refund({"payment_intent": intent_of(paid, till)})
    found = look_up(paid)
    assert [one.kind for one in found] == [Kind.PAID, Kind.REFUNDED]
    assert set(mail.deliver()) == {200}
    paid.refresh_from_db()
    assert (paid.state, tea.had, held()) == (Order.State.REFUNDED, set(), 0)
    assert Refund.objects.get().reference == made["id"]
    services.refresh(order=paid)
    assert {event.event_id for event in WebhookEvent.objects.all()} == {one.event_id for one in found}


def test_the_same_refund_asked_for_again_goes_back_once_even_days_later(paid, till, mail):
    refund = services.refund(order=paid, amount=800)
    for _ in range(2):
        assert [one.kind for one in Stripe().refund(refund=refund)] == [Kind.REFUNDED]
        till.advance(2 * DAY)  # Stripe has forgotten the idempotency key
    assert len(till.books["refunds"]) == 1


def test_a_refund_whose_answer_was_lost_goes_back_once(paid, till, mail):
    refund = Refund.objects.create(payment=paid.payments.get(), reference="r" * 32, amount=800)
    real = till.api.desk.refund

    def refund_and_lose(given):
        till.api.lose_next = 1
        return real(given)

    till.api.desk.refund = refund_and_lose
    with pytest.raises(ProviderUnreachable):
        services.send_refund(refund=refund)
    till.api.desk.refund = real
    services.send_refund(refund=refund)
    refund.refresh_from_db()
    assert (refund.state, len(till.books["refunds"])) == (Refund.State.SUCCEEDED, 1)


def test_a_refund_stripe_refuses_has_failed_with_its_words(paid, till, mail):
    till.desk.refund({"payment_intent": intent_of(paid, till)})
    mail.lose()  # nobody told us yet
    refund = services.refund(order=paid)
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert "already been refunded" in refund.reason


def test_what_was_never_paid_cannot_be_given_back(order, till):
    begin(order)
    refund = Refund(payment=order.payments.get(), reference="r", amount=800)
    with pytest.raises(ProviderRefused):
        Stripe().refund(refund=refund)

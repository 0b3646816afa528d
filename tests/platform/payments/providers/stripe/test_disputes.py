"""Money that the buyer's bank takes back, for a while or for good."""

import pytest
from at_stripe import held, intent_of, look_up

from payments import services
from payments.models import Order, WebhookEvent
from payments.providers.base import Kind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def dispute_events():
    return {one.event_id.partition(":")[0] for one in WebhookEvent.objects.filter(kind__startswith="dispute")}


def test_a_dispute_is_told_once_and_won(paid, till, mail, tea):
    dispute = till.desk.dispute(intent_of(paid, till))
    assert set(mail.deliver()) == {200}
    assert (paid.payments.get().dispute, dispute_events()) == ("open", {"disputed"})
    till.desk.close_dispute(dispute["id"], won=True)
    mail.deliver()
    assert (paid.payments.get().dispute, held(), tea.had) == ("won", 6800, {paid.number})


def test_a_lost_dispute_takes_the_tea_back(paid, till, mail, tea):
    dispute = till.desk.dispute(intent_of(paid, till))
    till.desk.close_dispute(dispute["id"], won=False)
    found = look_up(paid)
    assert [one.kind for one in found] == [Kind.PAID, Kind.DISPUTED, Kind.DISPUTE_LOST]
    mail.deliver()
    paid.refresh_from_db()
    assert (paid.payments.get().dispute, paid.state, held(), tea.had) == ("lost", Order.State.REFUNDED, 0, set())
    services.refresh(order=paid)
    assert held() == 0
    assert {one.event_id for one in found} <= {event.event_id for event in WebhookEvent.objects.all()}


def test_a_lost_dispute_after_a_part_was_given_back_takes_only_the_rest(paid, till, mail):
    services.refund(order=paid, amount=800)
    dispute = till.desk.dispute(intent_of(paid, till))
    till.desk.close_dispute(dispute["id"], won=False)
    assert set(mail.deliver()) == {200}
    assert held() == 0


def test_a_bank_that_only_asks_is_no_dispute_until_it_takes_money(paid, till, mail):
    dispute = till.desk.dispute(intent_of(paid, till), is_inquiry=True)
    assert set(mail.deliver()) == {200}
    assert (paid.payments.get().dispute, dispute_events()) == ("", set())
    till.desk.escalate(dispute["id"])
    mail.deliver()
    assert paid.payments.get().dispute == "open"


def test_an_inquiry_that_is_closed_has_changed_nothing(paid, till, mail):
    dispute = till.desk.dispute(intent_of(paid, till), is_inquiry=True)
    till.desk.close_dispute(dispute["id"], won=False)
    assert set(mail.deliver()) == {200}
    assert (paid.payments.get().dispute, held()) == ("", 6800)


def test_a_dispute_counted_in_another_currency_is_about_what_was_paid(paid, till):
    dispute = till.desk.dispute(intent_of(paid, till), amount=7400)
    dispute["currency"] = "hkd"
    assert [(one.amount, one.currency) for one in look_up(paid)] == [(6800, "CNY")] * 2

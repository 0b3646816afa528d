"""Money goes back: whole, in part, never more than came, and the goods with it."""

from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone
from tills import notify, pay

from payments import services
from payments.errors import NothingToRefund, ProviderUnreachable, RefundTooLarge, RefundWindowOver
from payments.models import Entry, Order, Refund, SandboxCharge
from payments.providers.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


def held():
    return Entry.objects.filter(account="provider:sandbox").aggregate(sum=Sum("amount"))["sum"]


def test_cat_takes_all_her_money_back_and_loses_the_tea(paid, tea):
    services.refund_by_buyer(order=paid)
    paid.refresh_from_db()
    assert paid.state == Order.State.REFUNDED
    assert not tea.had
    assert held() == 0
    assert SandboxCharge.objects.get().refunded == 6800


def test_an_operator_gives_a_part_back_and_cat_keeps_the_tea(paid, tea):
    services.refund(order=paid, amount=800, reason="迟了")
    paid.refresh_from_db()
    assert paid.state == Order.State.PART_REFUNDED
    assert tea.had == {paid.number}
    assert held() == 6000


def test_parts_that_make_the_whole_take_the_tea_back(paid, tea):
    for amount in (800, 5000, None):
        services.refund(order=paid, amount=amount)
    paid.refresh_from_db()
    assert paid.state == Order.State.REFUNDED
    assert not tea.had
    assert held() == 0


@pytest.mark.parametrize("amount", [6801, 0, -1])
def test_more_than_came_or_nothing_is_refused(paid, amount):
    with pytest.raises(RefundTooLarge):
        services.refund(order=paid, amount=amount)
    assert not Refund.objects.exists()


def test_what_is_on_its_way_counts_as_gone(paid, line):
    line.is_cut = True
    services.refund(order=paid, amount=6000)
    with pytest.raises(RefundTooLarge):
        services.refund(order=paid, amount=801)


def test_nothing_is_given_back_twice(paid):
    services.refund(order=paid)
    with pytest.raises(NothingToRefund):
        services.refund(order=paid)


def test_the_same_reference_gives_back_once(paid):
    first = services.refund(order=paid, amount=800, reference="desk-1")
    assert services.refund(order=paid, amount=800, reference="desk-1") == first
    assert held() == 6000
    services.send_refund(refund=first)
    Sandbox().refund(refund=first)
    assert SandboxCharge.objects.get().refunded == 800


def test_an_order_without_money_has_nothing_to_give_back(order):
    for give_back in (services.refund, services.refund_by_buyer):
        with pytest.raises(NothingToRefund):
            give_back(order=order)


def test_after_the_window_cat_must_ask_but_an_operator_still_may(paid, settings):
    Order.objects.update(paid_at=timezone.now() - timedelta(days=settings.REFUND_WINDOW_DAYS, seconds=1))
    paid.refresh_from_db()
    with pytest.raises(RefundWindowOver):
        services.refund_by_buyer(order=paid)
    services.refund(order=paid)
    paid.refresh_from_db()
    assert paid.state == Order.State.REFUNDED


def test_a_refund_notice_fifty_times_takes_back_once(paid, line, tea):
    services.refund(order=paid, amount=800)
    assert {notify(line.sent[-1]).status_code for _ in range(50)} == {200}
    assert held() == 6000


def test_a_refund_heard_of_before_its_payment_ends_the_same(order, line, tea):
    line.is_cut = True
    pay(order)
    payment = order.payments.get()
    said = {"id": "evt_desk", "kind": "refunded", "reference": payment.reference, "refund_reference": "at-the-desk"}
    assert notify({**said, "amount": 6800, "currency": "CNY"}).status_code == 200
    assert notify(line.sent[0]).status_code == 200
    order.refresh_from_db()
    assert order.state == Order.State.REFUNDED
    assert not tea.had
    assert held() == 0


def test_a_provider_cannot_claim_to_have_given_back_more_than_came(paid):
    said = {"id": "evt_much", "kind": "refunded", "reference": paid.payments.get().reference, "currency": "CNY"}
    services.refund(order=paid, amount=6000)
    assert notify({**said, "refund_reference": "other", "amount": 801}).status_code == 400
    assert held() == 800


def test_a_provider_that_is_away_is_asked_again_by_the_worker(paid, monkeypatch, do_tasks):
    real, silences = Sandbox.refund, [2]

    def shaky(self, *, refund):
        if silences[0]:
            silences[0] -= 1
            raise ProviderUnreachable
        real(self, refund=refund)

    monkeypatch.setattr(Sandbox, "refund", shaky)
    monkeypatch.setattr("payments.tasks.pause", lambda attempt: timedelta(0))
    services.refund(order=paid)
    do_tasks()
    paid.refresh_from_db()
    assert paid.state == Order.State.REFUNDED

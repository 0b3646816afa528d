"""A notice that comes while the school has others in hand is stored, answered, and takes effect right after."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tills import charge, notify

from payments import services
from payments.models import Order, Transaction, WebhookEvent
from payments.providers.sandbox import desk
from payments.services.inbox import clerk, in_hand

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def busy(monkeypatch):
    """Somebody else's notice is in hand, and the clerk is away until it is asked: `busy()`."""
    in_hand.append("another")
    wake = clerk.wake
    monkeypatch.setattr(clerk, "wake", lambda: None)

    def work():
        in_hand.remove("another")
        wake()
        clerk.join()
        in_hand.append("another")

    yield work
    in_hand.remove("another")


@pytest.fixture
def paid(order, line):
    """cat has paid for tea, and the school has not been told."""
    line.is_cut = True
    desk.settle(charge=charge(order), pay=True)
    line.is_cut = False
    return order


def state_of(order):
    order.refresh_from_db()
    return order.state


def test_it_is_answered_at_once_and_the_goods_are_given_right_after(paid, tea, line, busy):
    assert notify(line.sent[0]).status_code == 200
    assert state_of(paid) == Order.State.PENDING
    assert WebhookEvent.objects.waiting().count() == 1
    busy()
    assert state_of(paid) == Order.State.PAID
    assert tea.deliveries == 1
    assert not WebhookEvent.objects.waiting().exists()


def test_told_ten_times_it_is_stored_once_and_takes_effect_once(paid, tea, line, busy):
    assert {notify(line.sent[0]).status_code for _ in range(10)} == {200}
    busy()
    assert tea.deliveries == WebhookEvent.objects.count() == Transaction.objects.count() == 1


def test_the_next_one_that_says_it_to_an_idle_school_takes_effect_at_once(paid, tea, line, busy):
    notify(line.sent[0])
    in_hand.clear()
    assert notify(line.sent[0]).status_code == 200
    assert state_of(paid) == Order.State.PAID
    in_hand.append("another")
    busy()
    assert tea.deliveries == 1


def test_whoever_looks_at_the_order_meanwhile_need_not_wait_for_it(paid, tea, line, busy):
    notify(line.sent[0])
    services.refresh(order=paid)
    assert state_of(paid) == Order.State.PAID
    busy()
    assert tea.deliveries == 1


def test_a_forged_one_is_refused_in_a_crowd_too(paid, line, busy):
    assert notify(line.sent[0].replace(b"paid", b"PAID", 1)).status_code == 400
    assert not WebhookEvent.objects.exists()


def test_one_about_another_sum_is_kept_with_the_reason_and_nothing_is_given(paid, tea, line, busy):
    notify(line.sent[0])
    paid.payments.update(amount=1)
    busy()
    event = WebhookEvent.objects.get()
    assert "金额" in event.outcome
    assert event.handled_at is None
    assert state_of(paid) == Order.State.PENDING
    assert tea.deliveries == Transaction.objects.count() == 0


def test_what_a_stopped_process_left_is_heard_by_the_sweeper(paid, tea, line, busy, monkeypatch):
    notify(line.sent[0])
    monkeypatch.setattr("payments.services.tidying.refresh", lambda order: None)  # the provider cannot be asked
    assert services.sweep()["heard"] == 0  # whoever stored it is given its time
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(minutes=2))
    assert services.sweep()["heard"] == 1
    assert state_of(paid) == Order.State.PAID
    assert tea.deliveries == 1


def test_one_that_fails_waits_and_holds_nobody_up(paid, tea, line, busy, ben):
    other = services.place_order(person=ben, goods="tea:1")
    desk.settle(charge=charge(other), pay=True)
    notify(line.sent[0])
    tea.crashes = 1  # with the first that is taken up
    busy()
    assert sorted([state_of(paid), state_of(other)]) == [Order.State.PAID, Order.State.PENDING]
    busy()
    assert state_of(paid) == state_of(other) == Order.State.PAID
    assert tea.deliveries == 2


def test_all_that_is_said_later_is_read_again_from_the_inbox_too(order, tea, line, busy, do_tasks):
    desk.settle(charge=charge(order), pay=True)
    busy()
    services.refund(order=order, amount=order.amount)
    do_tasks()
    busy()
    assert state_of(order) == Order.State.REFUNDED
    assert tea.had == set()
    assert [event.outcome for event in WebhookEvent.objects.order_by("pk")] == ["delivered", "refunded"]

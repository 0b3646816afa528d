"""An order as a state machine: whatever people, providers and chance do in whatever order, the books are whole, the right
follows the money, and no state goes back."""

import pytest
from books import access_follows_the_money, are_whole
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from tills import charge, notify

from accounts.models import User
from payments import services
from payments.errors import PaymentRefused
from payments.models import Order
from payments.providers.sandbox import desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
FORWARD = {
    "pending": {"pending", "paid", "part_refunded", "refunded", "closed"},
    "paid": {"paid", "part_refunded", "refunded"},
    "part_refunded": {"part_refunded", "refunded"},
    "refunded": {"refunded"},
    "closed": {"closed"},
}


def machine(goods, line):
    class OneOrder(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            line.clear()
            self.person = User.objects.create_user(f"one{User.objects.count()}@example.com")
            self.order = services.place_order(person=self.person, goods=goods)
            self.bill, self.last, self.disputed = charge(self.order), "pending", False

        def try_to(self, deed, **facts):
            try:
                deed(**facts)
            except PaymentRefused:
                self.order.refresh_from_db()

        @rule(pays=st.booleans())
        def at_the_till(self, pays):
            desk.settle(charge=self.bill, pay=pays)

        @precondition(lambda self: line)
        @rule(data=st.data())
        def a_notice_arrives(self, data):
            notify(line[data.draw(st.integers(0, len(line) - 1))])

        @rule()
        def the_buyer_closes(self):
            self.try_to(services.close_order, order=self.order)

        @rule()
        def the_buyer_gives_back(self):
            self.try_to(services.refund_by_buyer, order=self.order)

        @rule(amount=st.integers(-1, 10_000))
        def the_desk_gives_a_part_back(self, amount):
            self.try_to(services.refund, order=self.order, amount=amount)

        @precondition(lambda self: not self.disputed)
        @rule(ends=st.sampled_from(["won", "lost"]))
        def the_bank_disputes(self, ends):
            self.bill.refresh_from_db()
            left = self.bill.amount - self.bill.refunded
            if self.bill.state == "paid" and left and not self.order.payments.first().refunds.exists():
                self.disputed = True
                desk.dispute(charge=self.bill, reference=f"d{self.bill.pk}", amount=left)
                desk.dispute(charge=self.bill, reference=f"d{self.bill.pk}", amount=left, ends=ends)

        @rule()
        def somebody_asks(self):
            services.refresh(order=self.order)

        @invariant()
        def the_books_are_whole_and_nothing_goes_back(self):
            now = Order.objects.get(pk=self.order.pk).state
            assert now in FORWARD[self.last]
            self.last = now
            are_whole()
            access_follows_the_money()

    return OneOrder


def test_an_order_only_goes_forward_and_the_books_are_whole_at_every_step(inner_plan, line):
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine(f"plan:{inner_plan.pk}", line),
        settings=settings(max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=checks),
    )

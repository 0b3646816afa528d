"""M7: years of a school, step by step at random: people buy, pay, are declined, give back, close, forget."""

import os
import random
from datetime import timedelta

import pytest
from books import access_follows_the_money, are_whole
from django.utils import timezone
from tills import charge, notify

from accounts.models import User
from membership.models import Plan
from payments import services
from payments.errors import PaymentRefused
from payments.models import Order, Payment, Refund, SandboxCharge, Stock
from payments.providers.sandbox import desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
YEARS = range(10) if os.environ.get("FAULTS_FULL") else range(1)


class Year:
    """Everything that can happen, each as one step; refusals are part of it."""

    def __init__(self, seed, people, goods, line):
        self.dice, self.people, self.goods, self.line = random.Random(seed), people, goods, line
        self.refused = 0

    def step(self):
        deed = self.dice.choices(
            (self.buy, self.pay, self.decline, self.hear, self.close, self.give_back, self.give_part_back, self.sweep),
            (30, 25, 4, 20, 5, 8, 6, 2),
        )[0]
        try:
            deed()
        except PaymentRefused:
            self.refused += 1

    def buy(self):
        person = self.dice.choice(self.people)
        charge(services.place_order(person=person, goods=self.dice.choice(self.goods)))

    def pay(self):
        if bill := self._any(SandboxCharge.objects.filter(state="open")):
            desk.settle(charge=bill, pay=True)

    def decline(self):
        if bill := self._any(SandboxCharge.objects.filter(state="open")):
            desk.settle(charge=bill, pay=False)

    def hear(self):
        """One of the notices said so far arrives, perhaps once more."""
        if self.line:
            notify(self.dice.choice(self.line[-40:]))

    def close(self):
        if order := self._any(Order.objects.pending()):
            services.close_order(order=order)

    def give_back(self):
        if order := self._any(Order.objects.paid()):
            services.refund_by_buyer(order=order)

    def give_part_back(self):
        if order := self._any(Order.objects.paid()):
            services.refund(order=order, amount=self.dice.randint(1, order.amount))

    def sweep(self):
        late = timezone.now() - timedelta(hours=1)
        pending = list(Order.objects.pending().values_list("pk", flat=True)[:3])
        Order.objects.filter(pk__in=pending).update(created_at=late, closes_at=late)
        services.sweep()

    def _any(self, rows):
        count = rows.count()
        return rows.order_by("pk")[self.dice.randrange(count)] if count else None


@pytest.mark.parametrize("number", YEARS)
def test_m7_after_any_steps_the_books_are_whole(number, inner_plan, outer, line, at_scale, promise, do_tasks):
    cheap = Plan.objects.create(tier=outer, period=Plan.Period.MONTH, price=1900)
    goods = [f"plan:{inner_plan.pk}", f"plan:{cheap.pk}"]
    Stock.objects.create(goods=goods[1], capacity=20)
    people = User.objects.bulk_create(User(email=f"p{number}@example.com") for number in range(40))
    year = Year(20261122 + number, people, goods, line)
    steps, look = at_scale(600, 10_000), at_scale(100, 1_000)
    for step in range(1, steps + 1):
        year.step()
        if step % look == 0:
            are_whole()
            access_follows_the_money()
    for body in line:
        notify(body)
    do_tasks()
    are_whole()
    access_follows_the_money()
    assert Refund.objects.done().exists()
    facts = {"orders": Order.objects.count(), "paid": Payment.objects.with_money().count(), "refused": year.refused}
    promise(
        "M7", steps, "random steps in each year, Σ = 0 and access ⇔ paid at each look", bound=steps, kept=True, **facts
    )

"""Whatever someone buys, renews, upgrades, tries, pauses and gives back, in whatever order: rights are what was paid for.

Beside the rows a model runs that knows nothing of dates: for each tier a queue of purchases, each with the time it has
left. Time is taken off the front while nothing is paused; an upgrade takes purchases out of their queue and a refund puts
them back; nothing else gives or takes a second.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from buying import ask_back, give_back, is_returned, pay, place
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from membership.access import Need, access
from membership.errors import MembershipRefused
from membership.models import Grant, Plan, Tier
from membership.period import after
from membership.services import pause, resume, start_trial
from payments import goods
from payments.errors import NotForSale, RefundKept, RefundWindowOver
from payments.models import Order

NONE, SECOND, DAY = timedelta(), timedelta(seconds=1), timedelta(days=1)
RANKS = (10, 20, 30)
PRICES = {"month": 3000, "year": 30000}


@dataclass
class Entry:
    """One purchase: the time it has left, how long it was in all, and the money that is in it."""

    source: str
    left: timedelta
    whole: timedelta
    paid: int = 0
    credit: dict[str, int] = field(default_factory=dict)
    is_tried: bool = False

    @property
    def worth(self):
        return self.paid + sum(self.credit.values())


@dataclass
class Queue:
    """Purchases of one tier, one after the other; nothing runs before `waits_until`."""

    entries: list[Entry] = field(default_factory=list)
    waits_until: datetime | None = None

    def passes(self, now, time):
        waiting = max(NONE, min(time, self.waits_until - now)) if self.waits_until else NONE
        time -= waiting
        while self.entries and time > NONE:
            taken = min(time, self.entries[0].left)
            self.entries[0].left -= taken
            time -= taken
            if self.entries[0].left <= NONE:
                self.entries.pop(0)

    def runs(self, now):
        return bool(self.entries) and not (self.waits_until and self.waits_until > now)

    def drop(self, source):
        """Take it out; whoever waits for nothing any more does not wait."""
        found = next((entry for entry in self.entries if entry.source == source), None)
        if found:
            self.entries.remove(found)
        if not self.entries:
            self.waits_until = None
        return found

    @property
    def left(self):
        return sum((entry.left for entry in self.entries), NONE)


class Rights(RuleBasedStateMachine):
    pending, paid = Bundle("pending"), Bundle("paid")

    def __init__(self):
        super().__init__()
        self.now = datetime(2027, 3, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
        self.clock = patch.object(timezone, "now", lambda: self.now)
        self.clock.start()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.cat = User.objects.create_user("cat@example.com", name="Cat")
        self.plans = {}
        for rank in RANKS:
            tier = Tier.objects.create(slug=f"t{rank}", name=f"{rank}", rank=rank, pause_days=20)
            for period, price in PRICES.items():
                made = Plan.objects.create(tier=tier, period=period, price=price * rank // 10, trial_days=7)
                self.plans[rank, period] = made
        self.queues = {rank: Queue() for rank in RANKS}
        self.aside: dict[str, dict[int, Queue]] = {}
        self.bought: dict[str, Entry] = {}

    def teardown(self):
        try:
            self._everything_is_given_back()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)
            self.clock.stop()

    def _everything_is_given_back(self):
        for order in Order.objects.paid().order_by("-pk"):
            give_back(order)
        assert not Grant.objects.of(self.cat).standing().bought().exists()
        assert not Grant.objects.of(self.cat).bought().filter(withdrawn_at=None).exists()

    # what cat may do

    @initialize(target=paid, rank=st.sampled_from(RANKS[:2]), period=st.sampled_from(list(PRICES)))
    def begins(self, rank, period):
        return self._pay(self._order(rank, period))

    @rule(target=paid, rank=st.sampled_from(RANKS), period=st.sampled_from(list(PRICES)))
    def buys(self, rank, period):
        return self._pay(self._order(rank, period))

    @precondition(lambda self: self._highest() < RANKS[-1])
    @rule(target=paid, period=st.sampled_from(list(PRICES)))
    def moves_up(self, period):
        return self._pay(self._order(min(rank for rank in RANKS if rank > self._highest()), period))

    @precondition(lambda self: self._highest())
    @rule(target=paid, period=st.sampled_from(list(PRICES)))
    def renews(self, period):
        return self._pay(self._order(self._highest(), period))

    def _highest(self):
        return max((rank for rank, queue in self.queues.items() if queue.runs(self.now)), default=0)

    @rule(target=pending, rank=st.sampled_from(RANKS), period=st.sampled_from(list(PRICES)))
    def places(self, rank, period):
        return self._order(rank, period)

    def _order(self, rank, period):
        plan = self.plans[rank, period]
        try:
            order = place(self.cat, f"plan:{plan.pk}")
        except NotForSale:
            return None
        self._the_price_is_fair(order, plan)
        return order

    @rule(target=paid, order=consumes(pending))
    def pays(self, order):
        return self._pay(order)

    def _pay(self, order):
        if order is None or Order.objects.get(pk=order.pk).state != Order.State.PENDING:
            return None
        order = pay(order)
        if is_returned(order):
            assert not Grant.objects.filter(source=order.source).exists()
            return None
        self._enters(order)
        return order

    @rule(order=paid)
    def asks_for_the_money_back(self, order):
        if order is None or not Order.objects.get(pk=order.pk).is_paid:
            return
        is_in_an_upgrade = bool(self._into(order.source))
        try:
            ask_back(order)
        except RefundWindowOver:
            return
        except RefundKept:
            is_kept = True
        else:
            is_kept = False
            self._leaves(order.source)
        assert is_kept == is_in_an_upgrade

    @rule(order=paid)
    def an_operator_gives_the_money_back(self, order):
        if order is None or not Order.objects.get(pk=order.pk).is_paid:
            return
        give_back(order)
        self._leaves(order.source)

    @rule(rank=st.sampled_from(RANKS))
    def tries(self, rank):
        try:
            grant = start_trial(person=self.cat, plan=self.plans[rank, "month"])
        except MembershipRefused:
            return
        assert not self.queues[rank].entries
        self.queues[rank].entries.append(Entry(grant.source, 7 * DAY, 7 * DAY, is_tried=True))

    @precondition(lambda self: self._highest())
    @rule()
    def pauses(self):
        try:
            made = pause(person=self.cat)
        except MembershipRefused:
            return
        queue = self.queues[made.tier.rank]
        assert queue.runs(self.now)
        assert not queue.entries[0].is_tried
        queue.waits_until = made.ends_at

    @precondition(lambda self: any(queue.waits_until for queue in self.queues.values()))
    @rule()
    def resumes(self):
        try:
            made = resume(person=self.cat)
        except MembershipRefused:
            return
        self.queues[made.tier.rank].waits_until = None

    @rule(hours=st.one_of(st.integers(1, 72), st.integers(1, 240), st.integers(100, 1000)))
    def time_passes(self, hours):
        time = timedelta(hours=hours, minutes=7)
        for queue in [*self.queues.values(), *(each for group in self.aside.values() for each in group.values())]:
            queue.passes(self.now, time)
        self.now += time

    # what must be true all the time

    @invariant()
    def the_doors_are_open_for_what_is_paid(self):
        for rank in RANKS:
            close = [queue.entries[0].left < SECOND for queue in self.queues.values() if queue.entries]
            runs = any(queue.runs(self.now) for each, queue in self.queues.items() if each >= rank)
            if not any(close):
                assert access(self.cat, Need(scope="x", tier_rank=rank)).allowed == runs

    @invariant()
    def not_a_day_is_lost_or_given_twice(self):
        for rank in RANKS:
            rows = list(Grant.objects.of(self.cat).standing().filter(tier__rank=rank, ends_at__gt=self.now))
            left = sum((row.ends_at - max(self.now, row.starts_at) for row in rows), NONE)
            assert abs(left - self.queues[rank].left) < SECOND
            spans = sorted((max(self.now, row.starts_at), row.ends_at) for row in rows)
            for (_starts, ends), (starts, _ends) in pairwise(spans):
                assert starts >= ends - SECOND

    # how the model follows

    def _the_price_is_fair(self, order, plan):
        quote = goods.quote(person=self.cat, name=order.goods)
        assert order.amount == quote.amount >= 1
        assert sum(line["amount"] for line in order.breakdown) == order.amount
        for credit in quote.memo["credit"]:
            entry = self.bought[credit["source"]]
            assert credit["worth"] == entry.worth
            exact = entry.worth * (entry.left / entry.whole)
            assert exact - 1 < credit["amount"] < exact + entry.worth * (DAY / entry.whole) + 1
            assert credit["amount"] <= entry.worth

    def _enters(self, order):
        grant = Grant.objects.get(source=order.source)
        rank, length = grant.tier.rank, grant.ends_at - grant.starts_at
        credit = {each["source"]: each["amount"] for each in order.memo["credit"]}
        entry = Entry(order.source, length, length, order.amount, credit)
        plan = Plan.objects.get(pk=order.goods.removeprefix("plan:"))
        whole = after(grant.starts_at, Plan.Period(plan.period)) - grant.starts_at
        assert whole <= length <= whole * max(1, entry.worth / plan.price) + SECOND
        assert entry.worth >= plan.price
        self.bought[order.source] = entry
        for source in credit:
            self._sets_aside(source, order.source)
        self.queues[rank].entries.append(entry)

    def _sets_aside(self, source, into):
        for rank, queue in self.queues.items():
            waits_until = queue.waits_until
            if entry := queue.drop(source):
                group = self.aside.setdefault(into, {})
                group.setdefault(rank, Queue(waits_until=waits_until)).entries.append(entry)

    def _leaves(self, source):
        into = self._into(source)
        for queue in [*self.queues.values(), *self.aside.get(into, {}).values()]:
            queue.drop(source)
        if into:
            self._loses(into, source, self.bought[into].credit[source])
            self.bought[into].credit.pop(source)
        self.bought[source].credit.clear()
        for rank, queue in self.aside.pop(source, {}).items():
            mine = self.queues[rank]
            is_alone = not mine.entries
            mine.entries += queue.entries
            if is_alone and queue.entries and queue.waits_until and queue.waits_until > self.now:
                mine.waits_until = queue.waits_until

    def _loses(self, upgrade, source, amount):
        """The upgrade is shorter by as much as is gone of what was in it, and so is what it went into itself."""
        entry = self.bought[upgrade]
        too_long = entry.whole * amount / entry.worth
        further = self._into(upgrade)
        share = self.bought[further].credit[upgrade] * amount // entry.worth if further else 0
        entry.whole -= too_long
        entry.left -= too_long
        if entry.left <= NONE:
            for queue in [*self.queues.values(), *self.aside.get(further, {}).values()]:
                queue.drop(upgrade)
        if further:
            self._loses(further, upgrade, share)

    def _into(self, source):
        """The upgrade that its money is in; also when by now it would have run out, had it not gone into it."""
        return next((name for name, entry in self.bought.items() if source in entry.credit), None)


@pytest.mark.once
@pytest.mark.timeout(3600)  # in full it is half an hour
def test_rights_are_what_was_paid_for_whatever_happens_in_whatever_order(db, at_scale):
    few = settings(
        max_examples=at_scale(25, 500),
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        database=None,
    )
    run_state_machine_as_test(Rights, settings=few)

"""The tiers side by side, as one person sees them for one period."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from membership.models import Grant, PartOffer, Plan, Tier
from membership.offers import checkout_url, part_offers, parts_sentence
from membership.period import LENGTHS, MONTHS, after, day
from membership.services.credit import Price, prices_for
from membership.standing import Standing


@dataclass(frozen=True)
class Seat:
    """One tier: what it costs for the period, and how the person stands to it."""

    tier: Tier
    standing: Standing
    period: Plan.Period
    plan: Plan | None = None
    monthly: Plan | None = None
    price: Price | None = None
    may_try: bool = False
    parts: PartOffer | None = None

    @property
    def is_free(self) -> bool:
        return self.tier.rank == 0

    @property
    def is_mine(self) -> bool:
        return self.standing.rank == self.tier.rank

    @property
    def is_below(self) -> bool:
        return self.tier.rank < self.standing.rank

    @property
    def is_mine_forever(self) -> bool:
        return self.is_mine and not self.is_free and self.standing.ends_at is None

    @property
    def is_renewal(self) -> bool:
        return self.standing.tier == self.tier

    @property
    def is_upgrade(self) -> bool:
        """Whether what is left of a lower tier goes into it, so that only the difference is paid."""
        return bool(self.price and self.price.credit)

    @property
    def amount(self) -> int:
        """What there is to pay, in minor units."""
        return self.price.amount if self.price else 0

    @property
    def trial_days(self) -> int:
        return self.plan.trial_days if self.plan and self.may_try else 0

    @property
    def is_open(self) -> bool:
        """Whether it can be bought now."""
        return bool(self.plan) and not self.is_mine_forever and not self.is_below

    @property
    def url(self) -> str:
        return checkout_url(f"plan:{self.plan.pk}") if self.plan else ""

    @property
    def in_parts(self) -> str:
        """How it may be paid in parts; empty where it may not, now."""
        if self.plan is None or self.parts is None or not self.is_open or self.standing.in_parts:
            return ""
        terms = {"parts": self.parts.parts, "each": self.parts.price, "whole": self.amount}
        return parts_sentence(**terms, currency=self.plan.currency)

    @property
    def in_parts_url(self) -> str:
        return checkout_url(self.parts.name) if self.parts else ""

    @property
    def gift_url(self) -> str:
        """Where it is bought for somebody else."""
        return checkout_url(f"gift:plan:{self.plan.pk}") if self.plan else ""

    @property
    def length(self) -> str:
        if self.plan and self.plan.ends_at:
            return _("到 %(day)s") % {"day": day(self.plan.ends_at)}
        return str(LENGTHS[self.period])

    @property
    def ends_at(self) -> datetime | None:
        """When it would end if bought now."""
        if self.period == Plan.Period.DATED:
            return self.plan.ends_at if self.plan else None
        begins = (self.standing.ends_at if self.is_mine else None) or timezone.now()
        ends_at = after(begins, self.period)
        if ends_at and self.price and self.price.over:
            return ends_at + (ends_at - begins) * self.price.over // self.price.plan.price
        return ends_at

    @property
    def per_month(self) -> int | None:
        months = MONTHS.get(self.period, 1)
        return round(self.plan.price / months) if self.plan and months > 1 else None

    @property
    def saved(self) -> int:
        """Minor units less than paying by the month."""
        if not (self.plan and self.monthly and self.monthly.currency == self.plan.currency):
            return 0
        return max(0, self.monthly.price * MONTHS.get(self.period, 0) - self.plan.price)


def periods_on_sale(plans: Iterable[Plan]) -> list[Plan.Period]:
    sold = {plan.period for plan in plans}
    return [period for period in Plan.Period if period in sold]


def seats(
    *,
    person: User | AnonymousUser,
    tiers: Iterable[Tier],
    plans: Collection[Plan],
    standing: Standing,
    period: Plan.Period,
) -> list[Seat]:
    """Of several plans with fixed dates, the one that ends first."""
    latest_first = sorted(plans, key=lambda plan: plan.ends_at or timezone.now(), reverse=True)
    by = {(plan.tier_id, plan.period): plan for plan in latest_first}
    month = Plan.Period.MONTH
    prices = prices_for(person, [plan for plan in plans if plan.period == period])
    had = _had(person)
    in_parts = part_offers([f"plan:{plan.pk}" for plan in plans if plan.period == period])
    found = [(tier, by.get((tier.pk, period)), by.get((tier.pk, month))) for tier in tiers]
    return [
        Seat(
            tier=tier,
            standing=standing,
            period=period,
            plan=plan,
            monthly=monthly,
            price=prices[plan.pk] if plan else None,
            may_try=bool(person.pk) and tier.pk not in had and tier.rank > standing.rank,
            parts=in_parts.get(f"plan:{plan.pk}") if plan else None,
        )
        for tier, plan, monthly in found
    ]


def _had(person: User | AnonymousUser) -> set[int | None]:
    """The keys of the tiers someone has or had."""
    return set(Grant.objects.of(person).values_list("tier", flat=True)) if person.pk else set()


def next_step(seats: list[Seat], standing: Standing) -> Seat | None:
    """The one seat to point at: what was lost, else the next one up, else one's own."""
    open_seats = [seat for seat in seats if seat.is_open]
    lost = [seat for seat in open_seats if standing.is_lapsed and seat.tier == standing.tier]
    above = [seat for seat in open_seats if seat.tier.rank > standing.rank]
    return next(iter([*lost, *above, *open_seats]), None)


def compared(tiers: Iterable[Tier]) -> list[tuple[str, list[str]]]:
    """(label, one value per tier), the labels in the order they are first named; empty where a tier lacks it."""
    columns = [{line["label"]: line["value"] for line in tier.benefits} for tier in tiers]
    labels = dict.fromkeys(label for column in columns for label in column)
    return [(label, [column.get(label, "") for column in columns]) for label in labels]

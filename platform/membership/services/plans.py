"""Sell a plan, and give it."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from membership.errors import AlreadyCovered, AlreadyForever, NotOnSale
from membership.models import Grant, Plan
from membership.offers import plan_title
from membership.period import MONTHS, after, day
from membership.services.rights import give, lock
from payments.goods import Quote


@dataclass(frozen=True)
class Term:
    """From when to when (None: no end) a plan opens for someone who gets it now."""

    starts_at: datetime
    ends_at: datetime | None

    @property
    def sentence(self) -> str:
        if self.ends_at is None:
            return _("付款后没有期限。")
        days = {"from": day(self.starts_at), "to": day(self.ends_at)}
        is_now = self.starts_at <= timezone.now()
        return (_("付款后到 %(to)s。") if is_now else _("从 %(from)s 开始，到 %(to)s。")) % days


def quote_plan(*, person: User, plan: Plan) -> Quote:
    """The price today. Raises kinds of `NotForSale`."""
    term = _term(person, plan)
    title = plan_title(plan)
    return Quote(
        title=title,
        amount=plan.price,
        currency=plan.currency,
        breakdown=[{"label": title, "amount": plan.price}],
        url=reverse("membership:plans"),
        terms=[term.sentence],
        every=plan.period if plan.period in MONTHS else "",
    )


@transaction.atomic
def give_plan(*, person: User, plan: Plan, source: str, note: str = "") -> Grant:
    """Give what the plan says, once per `source`. Raises kinds of `NotForSale` when it would add nothing."""
    lock(person)
    if Grant.objects.filter(source=source).exists():
        return give(person=person, tier=plan.tier, source=source)
    term = _term(person, plan)
    return give(
        person=person,
        tier=plan.tier,
        starts_at=term.starts_at,
        ends_at=term.ends_at,
        source=source,
        note=note,
        is_fixed=plan.is_dated,
    )


def _term(person: User, plan: Plan) -> Term:
    """Buying the tier one already has adds to its end; fixed dates stay as they are."""
    grants = Grant.objects.of(person).standing()
    if grants.forever(plan.tier).exists():
        raise AlreadyForever
    last = grants.last_end(plan.tier)
    if plan.is_dated:
        return _dated(plan, last)
    begins = last or timezone.now()
    return Term(begins, after(begins, Plan.Period(plan.period)))


def _dated(plan: Plan, last: datetime | None) -> Term:
    begins = max(cast(datetime, plan.starts_at), timezone.now())
    if cast(datetime, plan.ends_at) <= begins:
        raise NotOnSale
    if last and last >= cast(datetime, plan.ends_at):
        raise AlreadyCovered
    return Term(begins, plan.ends_at)

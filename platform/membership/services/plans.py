"""Sell a plan, and give it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from membership.errors import (
    AlreadyCovered,
    AlreadyForever,
    CreditMoved,
    CreditTooLarge,
    HigherRuns,
    NotOnSale,
    PartsFirst,
    StillRenews,
)
from membership.models import Grant, Instalment, Plan
from membership.offers import plan_title
from membership.period import MONTHS, after, day
from membership.services.credit import Price, counts, price_for, purchases_below
from membership.services.pauses import paused
from membership.services.renewals import renews_below
from membership.services.rights import give, lock
from payments.goods import Line, Quote


@dataclass(frozen=True)
class Term:
    """From when to when (None: no end) a plan opens for someone who gets it now."""

    starts_at: datetime
    ends_at: datetime | None

    def lengthened(self, over: int, price: int) -> "Term":
        """By as much as `over` buys at `price`, both in minor units."""
        if not over or self.ends_at is None:
            return self
        return Term(self.starts_at, self.ends_at + (self.ends_at - self.starts_at) * over // price)

    @property
    def sentence(self) -> str:
        if self.ends_at is None:
            return _("付款后没有期限。")
        days = {"from": day(self.starts_at), "to": day(self.ends_at)}
        is_now = self.starts_at <= timezone.now()
        return (_("付款后到 %(to)s。") if is_now else _("从 %(from)s 开始，到 %(to)s。")) % days


def quote_plan(*, person: User, plan: Plan) -> Quote:
    """The price today, less what is left of lower tiers that were paid for. Raises kinds of `NotForSale`."""
    term = term_of(person, plan)
    price = _price(person, plan)
    title = plan_title(plan)
    own: Line = {"label": title, "amount": plan.price}
    return Quote(
        title=title,
        amount=price.amount,
        currency=plan.currency,
        breakdown=[own, *price.lines],
        url=reverse("membership:plans"),
        terms=[term.lengthened(price.over, plan.price).sentence, *price.sentences],
        every=plan.period if plan.period in MONTHS and not price.credit else "",
        memo=_memo(price) if person.pk else {},  # what anyone pays counts on nothing
    )


@transaction.atomic(savepoint=False)
def give_plan(*, person: User, plan: Plan, source: str, note: str = "", memo: Mapping[str, Any] | None = None) -> Grant:
    """Give what the plan says, once per `source`. `memo` is what was counted on when it was quoted, if it was.

    Raises kinds of `NotForSale` when it would add nothing, or when that has changed.
    """
    lock(person)
    if Grant.objects.filter(source=source).exists():
        return give(person=person, tier=plan.tier, source=source)
    term = term_of(person, plan)
    if memo and "credit" in memo:
        _set_aside(person, plan, memo, source)
        term = term.lengthened(memo["over"], memo["price"])
    facts = {"starts_at": term.starts_at, "ends_at": term.ends_at, "source": source, "note": note}
    return Grant.objects.create(person=person, tier=plan.tier, is_fixed=plan.is_dated, **facts)


def why_kept(*, source: str) -> str:
    """Why its buyer cannot give it back now, as a sentence: its value has gone into an upgrade."""
    given = Grant.objects.given_by(source).filter(withdrawn_at=None)
    with transaction.atomic():
        for person in {grant.person for grant in given.select_related("person")}:
            lock(person)  # an upgrade that is being delivered sees this refund, or this sees the upgrade
        if not given.exclude(replaced_by="").exists():
            return ""
    return _("这份会员已经抵进升级里了。要退款，先退升级的那张订单。")


def term_of(person: User, plan: Plan) -> Term:
    """Buying the tier one already has adds to its end; fixed dates stay as they are. Raises kinds of `NotForSale`."""
    _refuse_before_all_parts(person, plan)
    rights = list(Grant.objects.of(person).standing().lasting().select_related("tier"))
    ends = [each.ends_at for each in rights if each.tier_id == plan.tier_id]
    if None in ends:
        raise AlreadyForever
    last = max(filter(None, ends), default=None)
    begins = last or timezone.now()
    term = _dated(plan, last) if plan.is_dated else Term(begins, after(begins, Plan.Period(plan.period)))
    _refuse_below(rights, plan, term.starts_at)
    _refuse_while_higher_waits(person, plan)
    return term


def _price(person: User, plan: Plan) -> Price:
    price = price_for(person, plan)
    if price.credit and renews_below(person, plan.tier):
        raise StillRenews
    if price.over and plan.period not in MONTHS:
        raise CreditTooLarge
    return price


def _memo(price: Price) -> dict[str, Any]:
    """What delivery holds against what it finds: no moment in it, so that the same price is the same order."""
    credit = [{"source": each.source, "amount": each.value, "worth": each.worth} for each in price.credit]
    return {"credit": credit, "over": price.over, "price": price.plan.price}


def _set_aside(person: User, plan: Plan, memo: Mapping[str, Any], source: str) -> None:
    """Let the credited purchases go into `source`: those that were counted on, and no other. Raises `CreditMoved`."""
    frozen = {each["source"]: each["worth"] for each in memo["credit"]}
    here = {each.source: each for each in purchases_below(person, plan)}
    is_new = any(counts(each, plan) for name, each in here.items() if name not in frozen)
    if is_new or any(name not in here or here[name].worth != worth for name, worth in frozen.items()):
        raise CreditMoved
    grants = [grant.pk for name in frozen for grant in here[name].grants]
    Grant.objects.filter(pk__in=grants).update(replaced_by=source)


def _refuse_before_all_parts(person: User, plan: Plan) -> None:
    """What a going instalment will still open of this tier, or of a lower one that would go into it, has no end yet."""
    going = Instalment.objects.of(person).going().filter(grants__tier__rank__lte=plan.tier.rank).first()
    if going:
        raise PartsFirst(going.title)


def _refuse_below(rights: list[Grant], plan: Plan, moment: datetime) -> None:
    """Nobody pays for days on which a higher tier runs. A trial of it does not count, but what follows the trial does."""
    higher = [each for each in rights if each.tier and each.tier.rank > plan.tier.rank]
    higher = [each for each in higher if each.ends_at is None or each.ends_at > moment]
    tried = [each.ends_at for each in higher if each.is_trial and each.starts_at <= moment and each.ends_at]
    begun = max(tried, default=moment)
    kept = [each for each in higher if not each.is_trial and each.starts_at <= begun]
    found = max(kept, key=lambda each: each.tier.rank if each.tier else 0, default=None)
    if found and found.tier:
        raise HigherRuns(higher=found.tier.name, ends_at=Grant.objects.of(found.person).standing().end_of(found))


def _refuse_while_higher_waits(person: User, plan: Plan) -> None:
    waiting = paused(person) if person.pk else None
    if waiting and waiting.tier.rank > plan.tier.rank:
        raise HigherRuns(higher=waiting.tier.name, ends_at=Grant.objects.of(person).standing().last_end(waiting.tier))


def _dated(plan: Plan, last: datetime | None) -> Term:
    begins = max(cast(datetime, plan.starts_at), timezone.now())
    if cast(datetime, plan.ends_at) <= begins:
        raise NotOnSale
    if last and last >= cast(datetime, plan.ends_at):
        raise AlreadyCovered
    return Term(begins, plan.ends_at)

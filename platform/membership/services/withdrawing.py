"""Take back what was given, and what it had become since."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from membership.models import Grant
from membership.services.credit import Purchase, order_of, purchase_of, purchases
from membership.services.rights import cut, lock, move, tell_ended


@transaction.atomic
def withdraw(*, source: str) -> Grant | None:
    """Take back what `source` and its parts (``source/…``) gave, if anything; again changes nothing.

    Renewals that were to follow begin at once. What had gone into an upgrade by this source is put back; an upgrade that
    this source had gone into is cut short by as much. `grant_ended` follows the commit.
    """
    first = Grant.objects.given_by(source).select_related("person").order_by("pk").first()
    if first is None:
        return None
    lock(first.person)
    gone = list(Grant.objects.locked().given_by(source).filter(withdrawn_at=None).order_by("-starts_at", "-pk"))
    losses = [loss for into in {each.replaced_by for each in gone} - {""} if (loss := _loss(into, gone))]
    for grant in gone:  # the last first, so that each draws near what stays
        _withdraw_one(grant)
    if gone:
        _put_back(source)
    for loss in losses:
        _shorten(loss)
    return Grant.objects.filter(pk=first.pk).first()


def _withdraw_one(grant: Grant) -> None:
    grant.withdrawn_at = timezone.now()
    grant.save(update_fields=["withdrawn_at"])
    _draw_near(grant)
    tell_ended(grant)


def draw_near(grant: Grant, before: datetime | None) -> None:
    """It ended at `before` and ends sooner now: renewals that were to follow begin that much earlier."""
    if grant.ends_at and not grant.replaced_by:
        _draw_near(Grant(person=grant.person, tier=grant.tier, starts_at=grant.ends_at, ends_at=before))


def lose(*, source: str, amount: int, of: int) -> None:
    """So much of what `source` had brought into upgrades is gone: they keep the days that are still paid for."""
    for grant in Grant.objects.given_by(source).filter(withdrawn_at=None).exclude(replaced_by=""):
        upgrade = _upgrade(grant.replaced_by)
        if upgrade:
            _shorten(_Loss(upgrade, _credited(grant.replaced_by, purchase_of(grant.source)) * amount // of))


def _draw_near(gone: Grant) -> None:
    """Renewals that were to follow begin that much earlier: what else was paid stays open, day for day."""
    if gone.tier_id is None or gone.ends_at is None:
        return
    others = Grant.objects.of(gone.person).filter(tier=gone.tier_id, withdrawn_at=None)
    beside = others.filter(starts_at__lt=gone.ends_at).aggregate(end=Max("ends_at"))["end"]
    left = gone.ends_at - max(filter(None, [timezone.now(), gone.starts_at, beside]))
    if left > timedelta():
        move(others.filter(starts_at__gte=gone.ends_at), by=-left)


def _put_back(source: str) -> None:
    """What had been set aside for an upgrade stands again, as if nothing had been; behind what was bought since."""
    aside = Grant.objects.set_aside_for(source)
    for tier in {grant.tier for grant in aside.select_related("tier")}:
        mine, now = aside.filter(tier=tier), timezone.now()
        first = mine.filter(ends_at__gt=now).order_by("starts_at").first()
        late = _overlap(first, mine.aggregate(end=Max("ends_at"))["end"], now) if first else timedelta()
        if first and late:
            move(mine.filter(starts_at__gte=now), by=late)
            if first.starts_at < now and not first.is_fixed:
                cut(first, at=now, until=now + late).save()  # what ran out meanwhile stays behind
    aside.update(replaced_by="")


def _overlap(first: Grant, last_end: datetime, now: datetime) -> timedelta:
    others = Grant.objects.of(first.person).standing().filter(tier=first.tier, starts_at__lt=last_end)
    end = others.aggregate(end=Max("ends_at"))["end"]
    return max(timedelta(), end - max(first.starts_at, now)) if end else timedelta()


@dataclass
class _Loss:
    """`amount` of what is in an upgrade is gone."""

    upgrade: Purchase
    amount: int


def _loss(into: str, gone: list[Grant]) -> _Loss | None:
    """What the upgrade `into` loses with these; None when it has been taken back itself."""
    upgrade = _upgrade(into)
    names = {purchase_of(grant.source) for grant in gone if grant.replaced_by == into}
    return _Loss(upgrade, sum(_credited(into, name) for name in names)) if upgrade else None


def _upgrade(source: str) -> Purchase | None:
    grants = Grant.objects.locked().given_by(source).filter(withdrawn_at=None).order_by("-starts_at", "-pk")
    return next(iter(purchases(grants)), None)


def _credited(into: str, source: str) -> int:
    order = order_of(into)
    return sum(int(each["amount"]) for each in order.memo["credit"] if each["source"] == source) if order else 0


def _shorten(loss: _Loss) -> None:
    """An upgrade keeps as many of its days as are still paid for. What has no end cannot be kept in part."""
    upgrade = loss.upgrade
    if upgrade.is_forever or loss.amount >= upgrade.worth:
        withdraw(source=upgrade.source)
        return
    whole = sum((grant.ends_at - grant.starts_at for grant in upgrade.grants if grant.ends_at), timedelta())
    too_long = whole * loss.amount / upgrade.worth
    for grant in upgrade.grants:
        too_long -= _cut(grant, too_long)
    for into in {grant.replaced_by for grant in upgrade.grants} - {""}:
        further = _upgrade(into)
        if further:
            share = _credited(into, upgrade.source) * loss.amount // upgrade.worth
            _shorten(_Loss(further, share))


def _cut(grant: Grant, too_long: timedelta) -> timedelta:
    """Take so much off its end, or all of it; what was taken."""
    if grant.ends_at is None or too_long <= timedelta():
        return timedelta()
    if too_long >= grant.ends_at - grant.starts_at:
        _withdraw_one(grant)
        return grant.ends_at - grant.starts_at
    old = Grant(person=grant.person, tier=grant.tier, starts_at=grant.ends_at - too_long, ends_at=grant.ends_at)
    grant.ends_at -= too_long
    grant.save(update_fields=["ends_at"])
    _draw_near(old)
    tell_ended(grant)
    return too_long

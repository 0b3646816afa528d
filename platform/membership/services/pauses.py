"""Let a paid membership stand still for some days, and go on."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from membership.errors import NoDaysToPause, NothingToPause, NotPaused, PartsGoOn, RenewsByItself
from membership.models import Grant, Pause, Tier
from membership.models.grant import GrantQuerySet
from membership.services.credit import DAY
from membership.services.renewals import renews_by_itself
from membership.services.rights import cut, lock, move

YEAR = timedelta(days=365)


@transaction.atomic
def pause(*, person: User) -> Pause:
    """Stop the highest paid membership that runs: what is left of it, and all that follows, begins as many days later as
    its tier still allows within a year. `grant_ended` follows the commit.

    Raises `NothingToPause`, `PartsGoOn`, `NoDaysToPause`, `RenewsByItself`.
    """
    lock(person)
    tier = pausable(person)
    if tier is None:
        in_parts = Grant.objects.of(person).in_force().filter(instalment__isnull=False, tier__isnull=False)
        raise PartsGoOn if in_parts.exists() else NothingToPause
    if renews_by_itself(person, tier):
        raise RenewsByItself
    days = days_left(person, tier)
    if days <= 0:
        raise NoDaysToPause
    now = timezone.now()
    made = Pause.objects.create(person=person, tier=tier, started_at=now, ends_at=now + days * DAY)
    begun = _running(person).filter(tier=tier, starts_at__lt=now)
    rests = [cut(grant, at=now, until=made.ends_at) for grant in begun.select_for_update()]
    move(_lasting(person, tier).filter(starts_at__gte=now), by=made.ends_at - now)
    Grant.objects.bulk_create(rests)
    return made


@transaction.atomic
def resume(*, person: User) -> Pause:
    """Go on now: what was moved draws near by the days that were not needed. Raises `NotPaused`."""
    lock(person)
    made = paused(person)
    if made is None:
        raise NotPaused
    now = timezone.now()
    lasting = _lasting(person, made.tier)
    beside = lasting.filter(starts_at__lt=made.ends_at).aggregate(end=Max("ends_at"))["end"]
    early = made.ends_at - max(now, beside or now)  # never upon what runs already
    move(lasting.filter(starts_at__gte=made.ends_at), by=-max(early, timedelta()))
    made.resumed_at = now
    made.save(update_fields=["resumed_at"])
    return made


def pausable(person: User) -> Tier | None:
    """The tier that may be paused: the highest that was bought, runs and ends. Fixed dates do not wait."""
    running = _running(person).select_related("tier").order_by("-tier__rank").first()
    tier = running.tier if running else None
    if tier is None or not tier.pause_days or _lasting(person, tier).filter(is_fixed=True).exists():
        return None
    return tier


def paused(person: User) -> Pause | None:
    """The pause someone is in, if something waits for its end."""
    made = Pause.objects.of(person).on().select_related("tier").order_by("-started_at").first()
    waiting = Grant.objects.of(person).standing()
    return made if made and waiting.filter(tier=made.tier, starts_at__gte=made.ends_at).exists() else None


def days_left(person: User, tier: Tier) -> int:
    """Of the days a year that the tier allows; a day that has begun counts."""
    since = timezone.now() - YEAR
    made = Pause.objects.of(person).filter(tier=tier, started_at__gt=since)
    used = sum(-(-((each.resumed_at or each.ends_at) - each.started_at) // DAY) for each in made)
    return tier.pause_days - used


def _running(person: User) -> GrantQuerySet:
    grants = Grant.objects.of(person).in_force().bought()
    return grants.filter(tier__isnull=False, ends_at__isnull=False, is_fixed=False)


def _lasting(person: User, tier: Tier) -> GrantQuerySet:
    """What is not over, set aside or not: all of it keeps its order."""
    return Grant.objects.of(person).filter(tier=tier, withdrawn_at=None).lasting()

"""Give a right, set its end, move it."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from membership.errors import EndsTooSoon, OpensNothing, SourceTaken
from membership.models import Grant, Tier
from membership.models.grant import GrantQuerySet
from membership.services.credit import REST, purchase_of
from membership.signals import grant_ended


def give(
    *,
    person: User,
    tier: Tier | None = None,
    scope: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    source: str,
    note: str = "",
    is_fixed: bool = False,
) -> Grant:
    """Give a right once: the same `source` again returns what it gave, even when that has been withdrawn since.

    One that `is_fixed` keeps its dates whatever happens to those before it. Raises `OpensNothing`, `EndsTooSoon`, `SourceTaken`.
    """
    starts_at = starts_at or timezone.now()
    if (tier is None) == (not scope):
        raise OpensNothing
    if ends_at and ends_at <= starts_at:
        raise EndsTooSoon
    facts: dict[str, Any] = {"tier": tier, "scope": scope, "starts_at": starts_at, "ends_at": ends_at}
    facts |= {"person": person, "note": note, "is_fixed": is_fixed}
    grant, _ = Grant.objects.get_or_create(source=source, defaults=facts)
    if (grant.person_id, grant.tier_id, grant.scope) != (person.pk, tier and tier.pk, scope):
        raise SourceTaken
    return grant


def lock(person: User) -> None:
    """Whoever changes the rights of a person does it alone: two renewals at once must follow one another."""
    User.objects.select_for_update().only("pk").get(pk=person.pk)


@transaction.atomic
def set_end(*, source: str, ends_at: datetime | None, note: str = "") -> Grant:
    """Move the end of a right. A right that is cut short by this tells the others, as a withdrawal does.

    Raises `EndsTooSoon`.
    """
    grant = Grant.objects.locked().get(source=source)
    if ends_at and ends_at <= grant.starts_at:
        raise EndsTooSoon
    is_over = ends_at is not None and ends_at <= timezone.now()
    grant.ends_at, grant.note = ends_at, note
    grant.save(update_fields=["ends_at", "note"])
    if is_over:
        tell_ended(grant)
    return grant


def move(grants: GrantQuerySet, *, by: timedelta) -> None:
    """Those with fixed dates stay where they are."""
    grants.filter(is_fixed=False).update(starts_at=F("starts_at") + by, ends_at=F("ends_at") + by)


def make_room(grant: Grant, before: datetime) -> None:
    """A right that ended at `before` reaches further now: what followed begins that much later, day for day."""
    others = Grant.objects.of(grant.person).filter(tier=grant.tier_id, withdrawn_at=None, is_fixed=False)
    first = others.filter(starts_at__gte=before).order_by("starts_at").first() if grant.tier_id else None
    if first and grant.ends_at and first.starts_at < grant.ends_at:
        move(others.filter(starts_at__gte=first.starts_at), by=grant.ends_at - first.starts_at)


def cut(grant: Grant, *, at: datetime, until: datetime) -> Grant:
    """End a running one; what is left of it, not saved yet, begins at `until`."""
    facts = {"person": grant.person, "tier": grant.tier, "scope": grant.scope, "note": grant.note}
    ends_at = until + (grant.ends_at - at) if grant.ends_at else None
    rest = Grant(source=f"{purchase_of(grant.source)}{REST}{grant.pk}", starts_at=until, ends_at=ends_at, **facts)
    grant.ends_at = at
    grant.save(update_fields=["ends_at"])
    tell_ended(grant)
    return rest


def tell_ended(grant: Grant) -> None:
    """So that the doors that it held open are looked at again, once this is committed."""
    transaction.on_commit(partial(grant_ended.send_robust, sender=Grant, person=grant.person, grant=grant))

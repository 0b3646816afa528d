"""Give the same right to many people at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import User
from membership.models import Grant, Tier
from membership.services.rights import give


@dataclass
class Report:
    """What became of each address."""

    given: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@transaction.atomic
def give_many(
    *,
    emails: Iterable[str],
    batch: str,
    tier: Tier | None = None,
    scope: str = "",
    ends_at: datetime | None = None,
    note: str = "",
) -> Report:
    """Give it to everyone who has signed in by one of `emails` and has nothing as good for as long; all or nobody.

    The same `batch` again gives nobody anything twice. Raises what `give` raises.
    """
    report = Report()
    wanted = dict.fromkeys(email.strip().lower() for email in emails if email.strip())
    people = _locked(wanted)
    for email in wanted:
        person = people.get(email)
        if person is None:
            report.unknown.append(email)
        elif _is_there(person, f"hand:{batch}:{person.pk}", tier, scope, ends_at):
            report.already.append(email)
        else:
            source = f"hand:{batch}:{person.pk}"
            give(person=person, tier=tier, scope=scope, ends_at=ends_at, source=source, note=note)
            report.given.append(email)
    return report


def _locked(emails: Iterable[str]) -> dict[str, User]:
    """Always in the same order, so that two batches at once wait for one another."""
    known = User.objects.annotate(low=Lower("email")).filter(low__in=list(emails))
    return {person.email.lower(): person for person in known.order_by("pk").select_for_update()}


def _is_there(person: User, source: str, tier: Tier | None, scope: str, ends_at: datetime | None) -> bool:
    grants = Grant.objects.of(person)
    if grants.filter(source=source).exists():
        return True
    as_good = Q(tier__rank__gte=tier.rank) if tier else Q(scope=scope, tier=None)
    as_long = Q(ends_at=None) | Q(ends_at__gte=ends_at) if ends_at else Q(ends_at=None)
    return grants.in_force().filter(as_good & as_long).exists()

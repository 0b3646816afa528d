"""Say in time that a membership ends: a week before, a day before, and once it is over."""

from datetime import timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from membership.models import Grant
from membership.models.grant import GrantQuerySet
from membership.services.renewals import renewing
from notify.models import Kind, Message
from notify.services import tell

WEEK, DAY = timedelta(days=7), timedelta(days=1)
LATE = timedelta(days=2)
"""As long an end that nobody was told of is still news."""


class When(StrEnum):
    WEEK = "week"
    DAY = "day"
    OVER = "over"


def remind() -> dict[str, int]:
    """Tell everyone whose right to a tier ends soon or has just ended, each once; how many were told when."""
    told = dict.fromkeys(map(str, When), 0)
    due = {_key(grant, when): (grant, when) for grant in _last_ones() if (when := _when(grant))}
    known = set(Message.objects.filter(key__in=due).values_list("key", flat=True))
    for key in due.keys() - known:
        grant, when = due[key]
        if not _goes_on(grant):
            _tell(grant, when, key)
            told[when] += 1
    return told


def _last_ones() -> GrantQuerySet:
    """Grants of a tier that nothing of the same tier outlasts, and that end about now."""
    now = timezone.now()
    ends_later = (
        Q(ends_at=None) | Q(ends_at__gt=OuterRef("ends_at")) | Q(ends_at=OuterRef("ends_at"), pk__gt=OuterRef("pk"))
    )
    others = Grant.objects.standing().filter(ends_later, person=OuterRef("person"), tier=OuterRef("tier"))
    about_now = Grant.objects.standing().filter(tier__isnull=False, ends_at__gt=now - LATE, ends_at__lte=now + WEEK)
    in_parts = Q(
        instalment__isnull=False, instalment__completed_at=None, instalment__ended_at=None
    )  # has its own mails
    return about_now.exclude(in_parts).filter(~Exists(others), person__is_active=True).select_related("person", "tier")


def _when(grant: Grant) -> When | None:
    """What is due; whoever has it for hardly more than a week hears only of the day before."""
    if grant.ends_at is None:
        return None
    left = grant.ends_at - timezone.now()
    if left <= timedelta():
        return When.OVER
    if left <= DAY:
        return When.DAY
    return When.WEEK if grant.ends_at - grant.starts_at > WEEK + DAY else None


def _goes_on(grant: Grant) -> bool:
    """By a subscription, or because a higher tier covers what comes after."""
    if grant.tier is None or grant.ends_at is None or grant.tier_id in renewing(grant.person):
        return True
    higher = Grant.objects.of(grant.person).standing().filter(tier__rank__gt=grant.tier.rank)
    return higher.at(max(grant.ends_at, timezone.now())).exists()


def _key(grant: Grant, when: When) -> str:
    return f"ends:{when}:{grant.pk}:{grant.ends_at:%Y%m%d}"


@transaction.atomic
def _tell(grant: Grant, when: When, key: str) -> None:
    name = "ended" if when is When.OVER else "ending"
    template = f"membership/mail/{'trial_' if grant.is_trial else ''}{name}.txt"
    url = reverse("membership:plans")
    tell(person=grant.person, key=key, template=template, url=url, kind=Kind.MEMBERSHIP, grant=grant)

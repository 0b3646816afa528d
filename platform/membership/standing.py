"""Which tier someone is in now."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from membership.models import Grant, Tier
from membership.services.pauses import paused
from membership.services.renewals import renews_by_itself
from web import clock


@dataclass(frozen=True)
class Standing:
    """The highest tier in force, or that waits for the end of a pause, or the one lost last. `ends_at` counts renewals;
    None: no tier, or no end.
    `in_parts`: it reaches as far as the parts that were paid carry it."""

    tier: Tier | None = None
    ends_at: datetime | None = None
    is_lapsed: bool = False
    resumes_at: datetime | None = None
    renews: bool = False
    in_parts: bool = False

    @property
    def rank(self) -> int:
        return self.tier.rank if self.tier and not self.is_lapsed else 0


def standing_of(person: User | AnonymousUser) -> Standing:
    if isinstance(person, AnonymousUser):
        return Standing()
    grants = Grant.objects.of(person).standing().filter(tier__isnull=False).select_related("tier", "instalment")
    current = grants.in_force().order_by("-tier__rank").first()
    if current is None and (pause := paused(person)):
        return Standing(pause.tier, grants.last_end(pause.tier), resumes_at=pause.ends_at)
    if current is None:
        return _lapsed(grants.filter(ends_at__lte=clock.now()).order_by("ends_at").last())
    renews = current.tier is not None and renews_by_itself(person, current.tier)
    return Standing(current.tier, grants.end_of(current), renews=renews, in_parts=_is_in_parts(current))


def _is_in_parts(grant: Grant) -> bool:
    return grant.instalment is not None and not grant.instalment.is_over


def _lapsed(grant: Grant | None) -> Standing:
    return Standing(grant.tier, grant.ends_at, is_lapsed=True) if grant else Standing()

"""What a person may open, and until when, on their own page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Course
from membership.models import Grant
from membership.standing import standing_of


@dataclass(frozen=True)
class Right:
    """One line: what it opens, where that is, and when it ends (None: never)."""

    title: str
    url: str
    ends_at: datetime | None


def own_rights(person: User) -> dict[str, Any]:
    rights = [*_by_membership(person), *_bought(person)]
    return {"rights": rights, "taught": Course.objects.filter(instructor=person)}


def _by_membership(person: User) -> list[Right]:
    standing = standing_of(person)
    if standing.tier is None or standing.is_lapsed:
        return []
    name = _("%(name)s（暂停中）") % {"name": standing.tier.name} if standing.resumes_at else standing.tier.name
    return [Right(name, "", standing.ends_at)]


def _bought(person: User) -> list[Right]:
    """One line per course, with the latest end where several grants open it."""
    grants = Grant.objects.of(person).in_force().filter(scope__startswith="course:")
    ends: dict[int, datetime | None] = {}
    for scope, ends_at in grants.values_list("scope", "ends_at"):
        number = int(scope.partition(":")[2])
        known = ends.get(number, ends_at)
        ends[number] = max(known, ends_at) if known and ends_at else None
    return [Right(course.title, course.url, ends[course.pk]) for course in Course.objects.filter(pk__in=ends)]

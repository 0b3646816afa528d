"""What somebody might learn next, each with the reason, which is a row and no guess. Never a course that is theirs already."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from cms.catalogue import listened, measured
from media.gate import Person
from membership.models import Grant
from web import clock

MOST = 3
STUDIED = 6  # courses that may be a reason, the latest first
LATELY = timedelta(days=180)  # since then, a membership that ended is spoken of
EVERYONE = 5  # people at least, before “everyone” is said


@dataclass(frozen=True)
class Advice:
    page: Any  # a course page
    why: str


def advised(person: Person, pages: QuerySet[Any], *, owned: Iterable[int]) -> list[Advice]:
    """A few of these course pages, but those `owned` by number: by what they learn now, else what many listen to. The same
    few queries, whatever there is.
    """
    fresh = pages.exclude(course__in=list(owned)).exclude(course=None)
    studied = _studied(person, pages)
    near = _near(fresh, studied) if studied else []
    return near or _liked(fresh.exclude(course__in=[page.course_id for page in studied]))


def ended(person: Person) -> Grant | None:
    """The membership that ended last, not long ago, for those who have none now."""
    if not isinstance(person, User):
        return None
    now = clock.now()
    grants = list(Grant.objects.of(person).standing().exclude(tier=None).select_related("tier"))
    if any(grant.ends_at is None or grant.ends_at > now for grant in grants):
        return None
    lately = [grant for grant in grants if grant.ends_at and grant.ends_at > now - LATELY]
    return max(lately, key=lambda grant: grant.ends_at or now, default=None)


def _studied(person: Person, pages: QuerySet[Any]) -> list[Any]:
    """The pages of the courses in which they heard something, the latest first, with their subjects."""
    if not isinstance(person, User):
        return []
    mine = pages.filter(course__lessons__heard__person=person).annotate(last=Max("course__lessons__heard__at"))
    return list(mine.order_by("-last").prefetch_related("subjects")[:STUDIED])


def _near(pages: QuerySet[Any], studied: list[Any]) -> list[Advice]:
    teachers = {page.instructor_id for page in studied}
    subjects = {subject.pk for page in studied for subject in page.subjects.all()}
    alike = pages.exclude(pk__in=[page.pk for page in studied]).filter(
        Q(instructor__in=teachers) | Q(pk__in=pages.filter(subjects__in=subjects).values("pk"))
    )
    found = measured(alike).order_by("-first_published_at", "path").prefetch_related("subjects")[:MOST]
    return [Advice(page, why) for page in found if (why := _why(page, studied))]


def _why(page: Any, studied: Iterable[Any]) -> str:
    mine = {subject.pk for subject in page.subjects.all()}
    for other in studied:
        if other.instructor_id == page.instructor_id:
            return _("因为你在学《%(title)s》，这也是%(teacher)s讲的") % {
                "title": other.title,
                "teacher": page.instructor.display_name,
            }
        shared = [subject.name for subject in other.subjects.all() if subject.pk in mine]
        if shared:
            return _("因为你在学《%(title)s》，这也讲%(subject)s") % {"title": other.title, "subject": shared[0]}
    return ""


def _liked(pages: QuerySet[Any]) -> list[Advice]:
    found = measured(listened(pages)).filter(listeners__gte=EVERYONE).order_by("-listeners", "path")[:MOST]
    return [Advice(page, _("大家都在听：%(n)s 个人") % {"n": page.listeners}) for page in found]

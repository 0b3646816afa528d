"""When the lessons of a course open for one person."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.models import Cohort, Seat
from courses.models import Completion, Course, Drip, Lesson, Override
from courses.models.drip import at_home, day_at_home
from membership.models import Grant
from web import clock

__all__ = ["Calendar", "Opening", "course_calendar"]


@dataclass(frozen=True)
class Opening:
    """`at`: its moment, past or to come; None: it waits for none. `after`: what is to be finished first.

    Both are also known of a lesson that is open: see `is_locked`.
    """

    lesson: Lesson
    at: datetime | None = None
    after: Lesson | None = None
    is_finished: bool = False
    begins: datetime | None = None
    """Of a live lesson that is still to come: its hour, or that of their cohort."""

    @property
    def hour(self) -> str:
        """When it begins, in a few words."""
        return _("%(when)s 开讲") % {"when": clock.spoken(self.begins)} if self.begins else ""

    @property
    def until(self) -> datetime | None:
        """The moment, while it is still to come."""
        return self.at if self.at and self.at > clock.now() else None

    @property
    def sentence(self) -> str:
        """What is waited for, in a few words; nothing when it is open."""
        when = clock.spoken(self.until) if self.until else ""
        facts = {"when": when, "title": self.after.title if self.after else ""}
        if when and self.after:
            return _("%(when)s 以后，学完《%(title)s》") % facts
        if when:
            return _("%(when)s 开放") % facts
        return _("学完《%(title)s》就开放") % facts if self.after else ""

    @property
    def is_locked(self) -> bool:
        return not self.is_finished and bool(self.until or self.after)


class Calendar:
    """One person, one course. Each kind of fact costs one query, at the first lesson that depends on it, however many follow."""

    def __init__(self, person: User, course: Course) -> None:
        self.person, self.course = person, course

    def opening(self, lesson: Lesson) -> Opening:
        """A lesson without a rule costs nothing; a free preview is open to everyone, whatever its rule says."""
        if lesson.is_preview or not lesson.is_dripped:
            return Opening(lesson)
        found = self._most_generous(lesson)
        return Opening(lesson, found.at, found.after, found.is_locked and lesson.pk in self.finished)

    def _most_generous(self, lesson: Lesson) -> Opening:
        given = [each for each in self.overrides if each.covers(lesson)]
        ways = [self._by(each, lesson) for each in given] or [self._by_rule(lesson)]
        return min(ways, key=lambda way: (way.is_locked, way.until or clock.now(), way.after is not None))

    def _by(self, override: Override, lesson: Lesson) -> Opening:
        if override.how == Override.How.SHIFT:
            return self._by_rule(lesson, timedelta(days=override.days or 0))
        return Opening(lesson, override.at or override.created_at)

    def _by_rule(self, lesson: Lesson, shift: timedelta = timedelta()) -> Opening:
        return Opening(lesson, self._moment(lesson, shift), self._unfinished_before(lesson))

    def _moment(self, lesson: Lesson, shift: timedelta) -> datetime | None:
        if lesson.unlock == Drip.Unlock.MOMENT and lesson.unlock_at:
            return _days_later(lesson.unlock_at, shift)
        if lesson.unlock == Drip.Unlock.COHORT and self.starts:
            return min(_days_later(lesson.counted_from(day), shift) for day in self.starts)
        if lesson.unlock in {Drip.Unlock.JOINING, Drip.Unlock.COHORT}:
            return _days_later(lesson.counted_from(day_at_home(self.joined)), shift)
        return None

    def _unfinished_before(self, lesson: Lesson) -> Lesson | None:
        if not lesson.unlock_after_previous:
            return None
        earlier = [one for one in self.row if (one.position, one.pk) < (lesson.position, lesson.pk)]
        before = earlier[-1] if earlier else None
        return before if before and before.pk not in self.finished else None

    @cached_property
    def row(self) -> list[Lesson]:
        """What learners see of the course, in order."""
        lessons = self.course.lessons.filter(is_published=True).order_by("position", "pk")
        return list(lessons.only("pk", "title", "url", "position", "course"))

    @cached_property
    def finished(self) -> set[int]:
        done = Completion.objects.filter(person=self.person, lesson__course=self.course)
        return set(done.values_list("lesson", flat=True))

    @cached_property
    def overrides(self) -> list[Override]:
        return list(Override.objects.standing().meant_for(self.person).filter(course=self.course).distinct())

    @cached_property
    def starts(self) -> list[date]:
        """When the person's cohorts of this course began or begin; one whose day is not set counts for nobody."""
        mine = Cohort.objects.of(self.person).filter(courses=self.course)
        return sorted(filter(None, mine.values_list("starts_on", flat=True)))

    @cached_property
    def joined(self) -> datetime:
        """Since when the course was open to them, whatever lapsed or was renewed since; what was taken back does not count.

        Where no right was needed: since they sit in a cohort of the course, else since they are known to the school.
        """
        rank = self.course.tier.rank if self.course.tier else None
        grants = Grant.objects.of(self.person).filter(withdrawn_at=None)
        first = grants.opening(scope=self.course.scope, tier_rank=rank).aggregate(at=Min("starts_at"))["at"]
        return first or self._seated or self.person.date_joined

    @property
    def _seated(self) -> datetime | None:
        seats = Seat.objects.filter(person=self.person, cohort__courses=self.course)
        at: datetime | None = seats.aggregate(at=Min("joined_at"))["at"]
        return at


def course_calendar(
    person: User,
    course: Course,
    lessons: Iterable[Lesson],
    *,
    with_finished: bool = False,
    finished: set[int] | None = None,
    row: list[Lesson] | None = None,
) -> list[Opening]:
    """All of them in a handful of queries, in their order; `with_finished` also tells which of the open ones are finished.

    `finished`: the numbers of those the person has finished, and `row`: all that learners see of the course, in order, where
    the caller knows them already.
    """
    calendar = Calendar(person, course)
    if row is not None:
        calendar.row = row
    if finished is not None:
        calendar.finished = finished
    openings = [calendar.opening(lesson) for lesson in lessons]
    if with_finished:
        return [replace(one, is_finished=one.lesson.pk in calendar.finished) for one in openings]
    return openings


def _days_later(moment: datetime, shift: timedelta) -> datetime:
    """As many days by the school's calendar: the hour stays what it was where the clocks change in between."""
    if not shift:
        return moment
    local = timezone.localtime(moment, timezone.get_default_timezone())
    return at_home(local.date() + shift, local.time())

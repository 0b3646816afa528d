"""Which lessons one person still waits for, in many courses at once: the rules of `Calendar`, its facts fetched together."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import groupby

from django.db.models import Min

from accounts.models import User
from cohorts.models import Cohort, Seat
from courses.calendar import Calendar, Opening
from courses.models import Completion, Course, Lesson, Override
from membership.models import Grant


def locked_lessons(person: User, courses: Iterable[Course]) -> set[int]:
    """The numbers of the lessons that are locked for this person. As many queries for a hundred courses as for one."""
    return {one.lesson.pk for one in _openings(person, courses) if one.is_locked}


def opened_at(person: User, courses: Iterable[Course]) -> dict[int, datetime]:
    """Since when each lesson that waited for a moment is open to this person, or will be."""
    return {one.lesson.pk: one.at for one in _openings(person, courses) if one.at}


def openings_between(person: User, courses: Iterable[Course], since: datetime, until: datetime) -> list[Opening]:
    """The lessons that open to this person by the clock from `since` until before `until`, in that order."""
    dated = [
        (one.at, one.lesson.position, one) for one in _openings(person, courses) if one.at and since <= one.at < until
    ]
    return [one for *__, one in sorted(dated, key=lambda each: each[:2])]


def _openings(person: User, courses: Iterable[Course]) -> Iterator[Opening]:
    """Of every lesson that has a rule."""
    for calendar in _calendars(person, {course.pk: course for course in courses}):
        yield from (calendar.opening(lesson) for lesson in calendar.row if lesson.is_dripped)


def _calendars(person: User, courses: dict[int, Course]) -> list[Calendar]:
    if not courses:
        return []
    calendars = {number: Calendar(person, course) for number, course in courses.items()}
    finished = set(
        Completion.objects.filter(person=person, lesson__course__in=courses).values_list("lesson", flat=True)
    )
    starts, joined = _starts(person, courses), _joined(person, courses)
    overrides = _overrides(person, courses)
    rows = _rows(courses)
    for number, calendar in calendars.items():
        calendar.finished = finished
        calendar.starts, calendar.joined = starts.get(number, []), joined[number]
        calendar.overrides, calendar.row = overrides.get(number, []), rows.get(number, [])
    return list(calendars.values())


def _rows(courses: Iterable[int]) -> dict[int, list[Lesson]]:
    lessons = Lesson.objects.filter(course__in=courses, is_published=True).order_by("course", "position", "pk")
    return {number: list(row) for number, row in groupby(lessons, key=lambda lesson: lesson.course_id)}


def _overrides(person: User, courses: Iterable[int]) -> dict[int, list[Override]]:
    found = Override.objects.standing().meant_for(person).filter(course__in=courses).order_by("course").distinct()
    return {number: list(row) for number, row in groupby(found, key=lambda override: override.course_id)}


def _starts(person: User, courses: Iterable[int]) -> dict[int, list[date]]:
    mine = Cohort.objects.of(person).filter(courses__in=courses)
    days: dict[int, list[date]] = {}
    for number, day in mine.order_by("starts_on").values_list("courses", "starts_on"):
        days.setdefault(number, []).extend([day] if day else [])
    return days


def _joined(person: User, courses: dict[int, Course]) -> dict[int, datetime]:
    rights = Grant.objects.of(person).filter(withdrawn_at=None).order_by("starts_at")
    held = list(rights.values_list("scope", "tier__rank", "starts_at"))
    seats = Seat.objects.filter(person=person, cohort__courses__in=courses).values("cohort__courses")
    seated = dict(seats.annotate(at=Min("joined_at")).values_list("cohort__courses", "at"))
    joined: dict[int, datetime] = {}
    for number, course in courses.items():
        first = (at for scope, rank, at in held if scope == course.scope or _is_enough(course, rank))
        joined[number] = next(first, None) or seated.get(number) or person.date_joined
    return joined


def _is_enough(course: Course, rank: int | None) -> bool:
    return rank is not None and course.tier is not None and rank >= course.tier.rank

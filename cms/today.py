"""What is on for somebody today: lessons that open to them, lessons that are live, homework that was looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.models import Cohort
from courses.calendar import Opening
from courses.calendars import locked_lessons, openings_between
from courses.models import Completion, Course, Lesson
from courses.models.homework import Submission
from web import clock


@dataclass(frozen=True)
class Item:
    """A line: `about` is the course whose seal stands before it, `word` the next step; what is done needs none."""

    at: datetime
    about: str
    title: str
    note: str
    url: str
    word: str = ""
    is_done: bool = False


def today(
    person: object, courses: Iterable[Course], *, shown: Iterable[Lesson] = (), held: dict[int, datetime] | None = None
) -> list[Item]:
    """By the hour, of the courses that are open to them; without the lessons that are `shown` anyway. `held`: until when some lessons
    wait for this person, as `held_until` answers.
    """
    if not isinstance(person, User):
        return []
    known = {course.pk: course for course in courses}
    seen = {lesson.pk for lesson in shown}
    hours = held or {}
    live = _live(person, known, seen, hours)
    sittings = [_sitting(lesson, hours.get(lesson.pk)) for lesson in live]
    items = [*_opening(person, known, seen | {lesson.pk for lesson in live}), *sittings, *_looked_at(person)]
    return sorted(items, key=lambda item: (item.is_done, item.at))


def _day() -> tuple[datetime, datetime]:
    """The school's, from midnight to midnight: also where the clocks change it has its own two ends."""
    first = timezone.localtime(clock.now()).date()
    ends = (datetime.combine(day, datetime.min.time()) for day in (first, first + timedelta(days=1)))
    since, until = (timezone.make_aware(end) for end in ends)
    return since, until


def _hour(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


def _opening(person: User, courses: dict[int, Course], shown: set[int]) -> list[Item]:
    dripped = Course.objects.filter(pk__in=Lesson.objects.dripped().filter(course__in=courses).values("course"))
    found = openings_between(person, dripped.select_related("tier"), *_day())
    openings = [one for one in found if one.lesson.pk not in shown]
    finished = Completion.objects.filter(person=person, lesson__in=[one.lesson.pk for one in openings])
    done = set(finished.values_list("lesson", flat=True)) if openings else set()
    return [
        _opens(one, courses[one.lesson.course_id].title, is_done=one.lesson.pk in done) for one in openings if one.at
    ]


def _opens(opening: Opening, course: str, *, is_done: bool) -> Item:
    at, lesson = opening.at or clock.now(), opening.lesson
    is_open = not opening.is_locked
    words = _("%(hour)s 开放了") % {"hour": _hour(at)} if is_open else opening.sentence
    if opening.until and not opening.after:
        words = _("今天 %(hour)s 开放") % {"hour": _hour(at)}
    word = _("去学") if is_open and not is_done else ""
    return Item(at, course, lesson.title, f"{course} · {words}", lesson.url, word, is_done)


def _live(person: User, courses: dict[int, Course], shown: set[int], held: dict[int, datetime]) -> list[Any]:
    """Without those that still wait for another rule of their course: they are named when they open."""
    cohort = Cohort.objects.of(person).open().filter(courses=OuterRef("course")).order_by("pk")
    since, until = _day()
    today = [number for number, hour in held.items() if since <= hour < until]
    lessons: QuerySet[Any] = (
        Lesson.objects.published()
        .filter(Q(starts_at__gte=since, starts_at__lt=until) & ~Q(pk__in=held) | Q(pk__in=today))
        .filter(kind=Lesson.Kind.LIVE, course__in=courses)
        .exclude(pk__in=shown)
        .annotate(
            cohort=Coalesce(Subquery(cohort.values("name")[:1]), F("course__title")),
            is_done=Exists(Completion.objects.filter(person=person, lesson=OuterRef("pk"))),
        )
        .select_related("course", "broadcast")
        .order_by("starts_at")
    )
    found = list(lessons)
    ruled = Course.objects.filter(pk__in=[lesson.course_id for lesson in found if lesson.is_dripped])
    locked = locked_lessons(person, ruled.select_related("tier")) if any(one.is_dripped for one in found) else set()
    return [lesson for lesson in found if lesson.pk not in locked]


def _sitting(lesson: Any, own_hour: datetime | None) -> Item:
    """`own_hour`: when its cohort hears the recording, instead of the lesson as it happens."""
    at, url = own_hour or lesson.starts_at, reverse("live:room", args=[lesson.pk])
    if own_hour:
        note = _("%(cohort)s · %(hour)s 放录播") % {"cohort": lesson.cohort, "hour": _hour(own_hour)}
    else:
        note = _spoken(lesson)
    word = _("进候课室") if own_hour else _way_in(lesson)
    return Item(at, lesson.course.title, lesson.title, note, url, "" if lesson.is_done else word, lesson.is_done)


def _state(lesson: Any) -> str:
    """Of its broadcast, which stands above this app: none before anyone has prepared it."""
    return str(getattr(getattr(lesson, "broadcast", None), "state", ""))


def _spoken(lesson: Any) -> str:
    if _state(lesson) == "ended":
        return f"{lesson.cohort} · {_('已讲完')}"
    return _("%(cohort)s · %(hour)s 开讲") % {"cohort": lesson.cohort, "hour": _hour(lesson.starts_at)}


def _way_in(lesson: Any) -> str:
    ways = {"live": _("进直播间"), "ended": _("听回放")}
    return ways.get(_state(lesson), _("进候课室"))


def _looked_at(person: User) -> list[Item]:
    reviewed = (Submission.State.RETURNED, Submission.State.ACCEPTED)
    since, until = _day()
    mine = Submission.objects.filter(person=person, state__in=reviewed, lesson__is_published=True)
    mine = mine.filter(seen_at__gte=since, seen_at__lt=until)
    return [
        Item(
            each.seen_at or clock.now(),
            each.lesson.course.title,
            each.lesson.title,
            f"{each.lesson.course.title} · {each.get_state_display()}",
            reverse("courses:homework", args=[each.lesson_id]),
            _("看批语"),
        )
        for each in mine.select_related("lesson__course")
    ]

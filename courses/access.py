"""Who may open a course or a lesson: what each one needs, asked of membership."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from django.db.models import Q, QuerySet

from accounts.browsers import browser_of
from accounts.models import User
from courses.calendar import Calendar
from courses.calendars import locked_lessons
from courses.models import Course, Lesson
from courses.models.lesson import LessonQuerySet
from media.gate import Person
from membership import devices
from membership.access import Answer, Need, Reason, access, opened
from web import clock


def course_access(person: Person, course: Course) -> Answer:
    """Whether this person may open all of the course, why, and what would open it."""
    return access(person, course_need(course))


Hold = Callable[[User, Lesson], datetime | None]
Wait = Callable[[User], Mapping[int, datetime]]
_holds: list[Hold] = []
_waits: list[Wait] = []
OURS = {Reason.TEACHES, Reason.STAFF}


def hold_with(hold: Hold, wait: Wait) -> None:
    """Ask also this before a lesson is opened: an answer keeps who may listen waiting until then. `wait` names all such lessons,
    each with that moment.
    """
    _holds.append(hold)
    _waits.append(wait)


def lesson_access(person: Person, lesson: Lesson) -> Answer:
    """The same for one lesson, about to be opened. A preview, and all of a free course, is open to everyone, signed in or not."""
    return _counted(person, _unless_kept(person, lesson, access(person, lesson_need(lesson))))


def course_need(course: Course) -> Need:
    return _need(course, is_free=course.is_free)


def lesson_need(lesson: Lesson) -> Need:
    return _need(lesson.course, is_free=lesson.is_preview or lesson.course.is_free)


def may_fetch_media(person: Person, lesson_id: str) -> bool:
    """The media gate's question about an asset that belongs to a lesson."""
    lesson = Lesson.objects.select_related("course__tier").filter(pk=lesson_id or 0).first()
    return lesson is not None and may_open(person, lesson)


def may_open(person: Person, lesson: Lesson) -> bool:
    """Whether the body and the sound of the lesson may be handed out now: what is unpublished stays with its makers."""
    if works_on(person, lesson.course):
        return True
    return lesson.is_out and lesson_access(person, lesson).allowed


def works_on(person: Person, course: Course) -> bool:
    """The course's own teacher, and the people who run the school."""
    return person.is_authenticated and person.is_active and (person.is_staff or course.instructor_id == person.pk)


def open_lessons(person: Person, *, uncounted: bool = False, of: QuerySet[Course] | None = None) -> LessonQuerySet:
    """Every lesson that `may_open` opens for this person now, in a handful of queries, however many there are.

    `uncounted`: only by rights that may be used on any number of devices, and at any number of places. `of`: for who looks only
    at lessons of these courses, so that not every course of the school is read.
    """
    if person.is_authenticated and not person.is_active:
        return Lesson.objects.none()
    if person.is_authenticated and person.is_staff:
        return Lesson.objects.all()
    courses = opened_courses(person, uncounted=uncounted, of=of)
    looked_at = Lesson.objects.published() if of is None else Lesson.objects.published().filter(course__in=of)
    reached = looked_at.filter(Q(is_preview=True) | Q(course__is_free=True) | Q(course__in=courses))
    waiting = _waiting(person, reached) if isinstance(person, User) else _waiting_for_strangers()
    open_now = reached.exclude(pk__in=waiting)
    return Lesson.objects.filter(Q(pk__in=open_now.values("pk")) | Q(course__instructor=person.pk or 0))


def opened_courses(person: Person, *, uncounted: bool = False, of: QuerySet[Course] | None = None) -> list[int]:
    """The courses (`of` these) that are open to this person: by their rights, or because they are free, or theirs."""
    if not person.pk:
        return []
    asked = (Course.objects.all() if of is None else of).filter(is_published=True).select_related("tier")
    courses = {course.scope: course for course in asked}
    return [courses[scope].pk for scope in opened(person, map(course_need, courses.values()), uncounted=uncounted)]


def held_until(person: User) -> dict[int, datetime]:
    """The lessons that a person waits for though they are open to others, and until when."""
    found: dict[int, datetime] = {}
    for wait in _waits:
        found |= {number: max(until, found.get(number, until)) for number, until in wait(person).items()}
    return found


def _waiting(person: User, lessons: LessonQuerySet) -> set[int]:
    return set(held_until(person)) | locked_lessons(
        person, Course.objects.filter(pk__in=lessons.dripped().values("course")).select_related("tier")
    )


def _waiting_for_strangers() -> LessonQuerySet:
    """As `_locked_for_strangers`."""
    by_date = Q(unlock=Lesson.Unlock.MOMENT, unlock_after_previous=False, unlock_at__lte=clock.now())
    return Lesson.objects.dripped().exclude(by_date)


def _unless_kept(person: Person, lesson: Lesson, answer: Answer) -> Answer:
    """Whoever has the right may have to wait all the same; those whose lesson it is never do."""
    if not answer.allowed or answer.reason in OURS:
        return answer
    if isinstance(person, User):
        return _held(person, lesson) or _locked(person, lesson) or answer
    return _locked_for_strangers(lesson) or answer


def _locked(person: User, lesson: Lesson) -> Answer | None:
    opening = Calendar(person, lesson.course).opening(lesson)
    if not opening.is_locked:
        return None
    after = opening.after.title if opening.after else ""
    return Answer(allowed=False, reason=Reason.LOCKED, until=opening.until, after=after)


def _locked_for_strangers(lesson: Lesson) -> Answer | None:
    """In a free course. What opens for each at a time of their own opens once we know who they are."""
    if lesson.is_preview or not lesson.is_dripped:
        return None
    if lesson.is_personal:
        return Answer(allowed=False, reason=Reason.SIGN_IN)
    waits = lesson.unlock_at and lesson.unlock_at > clock.now()
    return Answer(allowed=False, reason=Reason.LOCKED, until=lesson.unlock_at) if waits else None


def _counted(person: Person, answer: Answer) -> Answer:
    """The device takes its place, or its browser knows why it is refused."""
    browser = browser_of(person)
    if browser:
        browser.streams = answer.streams
    if browser and answer.allowed and answer.most:
        devices.count(cast(User, person))
    elif browser:
        browser.refusal = answer.sentence if answer.reason is Reason.DEVICES else ""
    return answer


def _held(person: User, lesson: Lesson) -> Answer | None:
    moments = [moment for hold in _holds if (moment := hold(person, lesson))]
    return Answer(allowed=False, reason=Reason.HELD, until=max(moments)) if moments else None


def _need(course: Course, *, is_free: bool) -> Need:
    return Need(
        scope=course.scope,
        tier_rank=course.tier.rank if course.tier else None,
        course_goods=course.goods if course.is_sold else None,
        is_free=is_free,
        taught_by=course.instructor_id,
        course_title=course.title,
        course_price=course.price,
        currency=course.currency,
    )

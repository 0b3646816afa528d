"""Who may open a course or a lesson: what each one needs, asked of membership."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from accounts.browsers import browser_of
from accounts.models import User
from courses.models import Course, Lesson
from media.gate import Person
from membership import devices, streams
from membership.access import Answer, Need, Reason, access


def course_access(person: Person, course: Course) -> Answer:
    """Whether this person may open all of the course, why, and what would open it."""
    return access(person, course_need(course))


Hold = Callable[[User, Lesson], datetime | None]
_holds: list[Hold] = []
OURS = {Reason.TEACHES, Reason.STAFF}


def hold_with(hold: Hold) -> None:
    """Ask also this before a lesson is opened: an answer keeps who may listen waiting until then."""
    _holds.append(hold)


def lesson_access(person: Person, lesson: Lesson) -> Answer:
    """The same for one lesson, about to be opened. A preview, and all of a free course, is open to everyone, signed in or not."""
    return _counted(person, _unless_held(person, lesson, access(person, lesson_need(lesson))))


def course_need(course: Course) -> Need:
    return _need(course, is_free=course.is_free)


def lesson_need(lesson: Lesson) -> Need:
    return _need(lesson.course, is_free=lesson.is_preview or lesson.course.is_free)


def may_fetch_audio(person: Person, lesson_id: str) -> bool:
    """The media gate's question about an asset that belongs to a lesson."""
    lesson = Lesson.objects.select_related("course__tier").filter(pk=lesson_id or 0).first()
    return lesson is not None and may_open(person, lesson) and streams.may_play(person)


def may_open(person: Person, lesson: Lesson) -> bool:
    """Whether the body and the sound of the lesson may be handed out now: what is unpublished stays with its makers."""
    if works_on(person, lesson.course):
        return True
    return lesson.is_out and lesson_access(person, lesson).allowed


def works_on(person: Person, course: Course) -> bool:
    """The course's own teacher, and the people who run the school."""
    return person.is_authenticated and person.is_active and (person.is_staff or course.instructor_id == person.pk)


def _unless_held(person: Person, lesson: Lesson, answer: Answer) -> Answer:
    if answer.allowed and answer.reason not in OURS and isinstance(person, User):
        return _held(person, lesson) or answer
    return answer


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

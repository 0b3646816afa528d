"""What a person's device may keep of a lesson, and for how long. What it keeps is known to the device alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.access import OURS, course_access, lesson_access, may_open, open_lessons
from courses.downloads.errors import Counted, DownloadRefused, NoSound, NotAllowed, NotOpen
from courses.hearing.ticket import VALID, issue
from courses.models import Course, Lesson
from media.models import Asset, Rendition
from membership.access import Answer

FORM = "m4a"  # what every phone plays
LEASE = VALID  # as long as what is heard offline still counts
HELD_BACK = timedelta(minutes=1)  # a lease never outlives the ticket that was given with it


@dataclass(frozen=True)
class Download:
    """`sound` is one file. It may be played without a network until `until`."""

    sound: Asset | Rendition
    until: datetime


@dataclass(frozen=True)
class Kept:
    """What becomes of a lesson on a device: played on until `until` if it is the recording `recording`, or deleted for what the
    sentence `why` says.
    """

    until: datetime | None = None
    ticket: str = ""
    recording: str = ""
    why: str = ""


def download_of(*, person: User, lesson: Lesson) -> Download:
    """Raises a `DownloadRefused`."""
    answer = lesson_access(person, lesson)
    if not may_open(person, lesson):
        raise NotOpen(_reason(lesson, answer))
    _check(lesson.course, is_counted=bool(answer.streams))
    sound = sound_of(lesson)
    if sound is None:
        raise NoSound
    return Download(sound=sound, until=_until(None if answer.reason in OURS else answer.until))


def sound_of(lesson: Lesson) -> Asset | Rendition | None:
    """One file with all of it: the form that every phone plays, or what was uploaded while there is no such."""
    return lesson.audio.made().get(FORM, lesson.audio) if lesson.audio else None


def recording_of(lesson: Lesson) -> str:
    """The same in all its forms, and another as soon as the lesson has another sound; empty without one."""
    return str(lesson.audio.uuid) if lesson.audio else ""


def still_kept(*, person: User, numbers: Iterable[int]) -> dict[int, Kept]:
    """For each of these lessons; in a few queries for each of their courses, however many lessons there are."""
    lessons = list(Lesson.objects.filter(pk__in=numbers).select_related("course__tier", "audio"))
    open_now = set(open_lessons(person).filter(pk__in=[lesson.pk for lesson in lessons]).values_list("pk", flat=True))
    answers = {course.pk: course_access(person, course) for course in {lesson.course for lesson in lessons}}
    gone = dict.fromkeys(numbers, Kept(why=str(NotAllowed())))
    return gone | {
        lesson.pk: _kept(person, lesson, answers[lesson.course.pk])
        if lesson.pk in open_now
        else Kept(why=_why(person, lesson, answers[lesson.course.pk]))
        for lesson in lessons
    }


def _why(person: User, lesson: Lesson, course: Answer) -> str:
    """Mostly the whole course is shut; only of one that is open each lesson has a reason of its own."""
    return _reason(lesson, lesson_access(person, lesson) if course.allowed else course)


def _reason(lesson: Lesson, answer: Answer) -> str:
    """Why it is not open: the right alone may be there."""
    if not lesson.is_out:
        return _("这一讲已经下线了。")
    return str(DownloadRefused()) if answer.allowed else answer.sentence


def _kept(person: User, lesson: Lesson, course: Answer) -> Kept:
    is_open = lesson.is_preview or lesson.course.is_free
    try:
        _check(lesson.course, is_counted=bool(course.streams) and not is_open)
    except DownloadRefused as refusal:
        return Kept(why=str(refusal))
    until = _until(None if is_open else course.until)
    return Kept(until=until, ticket=issue(person=person, lesson=lesson), recording=recording_of(lesson))


def _check(course: Course, *, is_counted: bool) -> None:
    if not course.allows_download:
        raise NotAllowed
    if is_counted:
        raise Counted


def _until(ends: datetime | None) -> datetime:
    return min(filter(None, (timezone.now() + LEASE - HELD_BACK, ends)))

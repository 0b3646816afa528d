"""What is in somebody's feed just now: what they may hear, newest first; or the sentence why there is nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.access import course_access, lesson_access, open_lessons, opened_courses, works_on
from courses.calendars import opened_at
from courses.feeds.errors import Counted
from courses.models import Course, FeedKey, Lesson
from media.models import Rendition
from membership.models import Grant

MOST = 300
FORM = "m4a"  # what every podcast program plays


@dataclass(frozen=True)
class Episode:
    """A lesson, its sound, and when it came to this person."""

    lesson: Lesson
    sound: Rendition
    at: datetime

    @property
    def has_chapters(self) -> bool:
        return self.lesson.kind in {Lesson.Kind.CLIPS, Lesson.Kind.LIVE}


@dataclass(frozen=True)
class Notice:
    """Why nothing can be heard, and where that changes."""

    sentence: str
    url: str


@dataclass(frozen=True)
class Contents:
    episodes: list[Episode] = field(default_factory=list)
    notice: Notice | None = None


def contents_of(key: FeedKey) -> Contents:
    """All of it in the same few queries, however much there is."""
    person = key.person
    if not person.is_active:
        return Contents(notice=Notice(_("这个账号停用了。有疑问请联系书院。"), "/"))
    courses = opened_courses(person, uncounted=True)
    if key.course:
        courses = [pk for pk in courses if pk == key.course.pk]
        return Contents(_episodes(person, courses)) if courses else Contents(notice=_closed(person, key.course))
    notice = _lapsed(person, courses)
    return Contents([] if notice else _episodes(person, courses), notice)


def sound_of(lesson: Lesson) -> Rendition | None:
    """What a podcast program gets of it, once it is made."""
    return lesson.audio.made().get(FORM) if lesson.audio else None


def may_have(person: User, lesson: Lesson) -> bool:
    """Whether this person's feed may hand out the lesson now. What is not out leaves by no feed, not even its teacher's."""
    if not (person.is_active and lesson.is_out):
        return False
    answer = lesson_access(person, lesson)
    return works_on(person, lesson.course) or (answer.allowed and not (answer.most or answer.streams))


def _closed(person: User, course: Course) -> Notice:
    answer = course_access(person, course)
    return Notice(str(Counted()) if answer.allowed else answer.sentence, course.url or "/")


def _lapsed(person: User, courses: list[int]) -> Notice | None:
    """For who had a right, and has none now that a feed can go by."""
    if _has_paid(courses) or not Grant.objects.of(person).exists():
        return None
    if _has_paid(opened_courses(person)):
        return Notice(str(Counted()), reverse("membership:plans"))
    if Grant.objects.of(person).in_force().exists():
        return None  # what they have opens nothing just now
    return Notice(
        _("你的会员或课程到期了，这里暂时没有声音。续上之后，这个地址接着能用。"), reverse("membership:plans")
    )


def _has_paid(courses: list[int]) -> bool:
    return Course.objects.filter(pk__in=courses, is_free=False).exists()


def _episodes(person: User, courses: list[int]) -> list[Episode]:
    lessons = open_lessons(person, uncounted=True).published().filter(course__in=courses)
    playable = lessons.filter(audio__renditions__name=FORM, audio__renditions__state=Rendition.State.READY)
    facts = playable.values_list("pk", "kind", "starts_at", "published_at", "audio__created_at", "position", "unlock")
    opened = _opened_at(person, playable)
    dated = [
        (_came(kind, starts, out, made, opened.get(pk)), place, pk) for pk, kind, starts, out, made, place, __ in facts
    ]
    newest = sorted(dated, reverse=True)[:MOST]
    rows = _whole(pk for *__, pk in newest)
    return [Episode(rows[pk], sound, at) for at, __, pk in newest if (sound := sound_of(rows[pk]))]


def _opened_at(person: User, lessons: QuerySet[Lesson]) -> dict[int, datetime]:
    dripped = Lesson.objects.filter(pk__in=lessons).dripped().values("course")
    return opened_at(person, Course.objects.filter(pk__in=dripped).select_related("tier"))


def _came(
    kind: str, starts_at: datetime | None, published_at: datetime | None, made_at: datetime, opened: datetime | None
) -> datetime:
    """When it was there for this person; never a moment that is still to come."""
    out = starts_at if kind == Lesson.Kind.LIVE and starts_at else published_at or made_at
    now = timezone.now()
    return max([moment for moment in (out, opened) if moment and moment <= now], default=now)


def _whole(numbers: Iterable[int]) -> dict[int, Lesson]:
    ready = Prefetch("audio__renditions", Rendition.objects.filter(name=FORM, state=Rendition.State.READY))
    lessons = Lesson.objects.filter(pk__in=list(numbers)).select_related("course__instructor", "audio")
    return {lesson.pk: lesson for lesson in lessons.prefetch_related(ready)}


def whole_address(path: str) -> str:
    return f"{settings.SITE_URL}{path}"

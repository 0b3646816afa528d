"""Finding a live lesson through the person who asks."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from courses.access import lesson_access
from courses.models import Lesson
from live.access import may_host
from live.errors import Elsewhere, NoAccess, SignIn
from live.models import Broadcast
from membership.streams import may_play

LESSONS = Lesson.objects.published().filter(kind=Lesson.Kind.LIVE).select_related("course__instructor", "audio")


def live_lesson(lesson_id: int) -> tuple[Lesson, Broadcast]:
    """A published live lesson and its broadcast, or 404."""
    lesson = get_object_or_404(LESSONS.all(), pk=lesson_id)
    broadcast = get_object_or_404(Broadcast, lesson=lesson)
    broadcast.lesson = lesson
    return lesson, broadcast


def open_lesson(person: Any, lesson_id: int) -> tuple[Lesson, Broadcast]:
    """The same for those who may listen now; raises `NoAccess` or `SignIn` with the reason."""
    lesson, broadcast = live_lesson(lesson_id)
    if not may_host(person, lesson) and not (answer := lesson_access(person, lesson)).allowed:
        raise (NoAccess if person.is_authenticated else SignIn)(answer.sentence)
    return lesson, broadcast


def heard_lesson(person: Any, lesson_id: int) -> tuple[Lesson, Broadcast]:
    """The same, about to hand out sound: raises `Elsewhere` too, where somebody listens at too many places."""
    found = open_lesson(person, lesson_id)
    if not may_play(person):
        raise Elsewhere
    return found


def hosted_lesson(person: Any, lesson_id: int) -> tuple[Lesson, Broadcast]:
    """The same for those who host it; for everybody else it does not exist."""
    lesson, broadcast = live_lesson(lesson_id)
    if not may_host(person, lesson):
        raise Http404
    return lesson, broadcast

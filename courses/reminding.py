"""Calling in who asked for it, a quarter of an hour before a live lesson begins."""

import time
from datetime import datetime
from typing import cast

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.access import lesson_access
from courses.errors import BegunAlready
from courses.models import Lesson, Reminder
from notify.models import Kind
from notify.services import tell

MOST_AT_ONCE = 1000


def ask(*, person: User, lesson: Lesson) -> Reminder:
    """Also who may not open it yet: they have until then to change that. Raises `BegunAlready`."""
    if not lesson.is_to_come:
        raise BegunAlready
    return Reminder.objects.get_or_create(person=person, lesson=lesson)[0]


def take_back(*, person: User, lesson: Lesson) -> None:
    Reminder.objects.filter(person=person, lesson=lesson).delete()


def call_in(*, seconds: float = 20) -> bool:
    """Call whoever is due. Answers whether some are left: others in the queue come in between."""
    ends = time.monotonic() + seconds
    due = Reminder.objects.due(timezone.now()).order_by("lesson__starts_at", "pk")
    people = list(due.select_related("person", "lesson__course__tier", "lesson__course__instructor")[:MOST_AT_ONCE])
    for reminder in people:
        if time.monotonic() > ends:
            return True
        _call(reminder)
    return len(people) == MOST_AT_ONCE


@transaction.atomic
def _call(reminder: Reminder) -> None:
    person, lesson = reminder.person, reminder.lesson
    starts_at = cast(datetime, lesson.starts_at)
    tell(
        person=person,
        key=f"begins:{lesson.pk}:{person.pk}:{starts_at:%Y%m%d%H%M%S}",
        template="courses/mail/begins.txt",
        url=lesson.url,
        kind=Kind.LIVE,
        urgent=True,  # in the morning it is over
        lesson=lesson,
        has_begun=starts_at <= timezone.now(),
        answer=lesson_access(person, lesson),
    )
    Reminder.objects.filter(pk=reminder.pk).update(called_for=starts_at)

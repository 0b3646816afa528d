"""Calling in who asked for it, a quarter of an hour before a live lesson begins; and saying so when it is moved."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.access import lesson_access
from courses.errors import BegunAlready
from courses.models import Lesson, Reminder
from courses.models.reminder import ReminderQuerySet
from notify.models import Kind
from notify.services import tell

MOST_AT_ONCE = 1000
SOON = timedelta(hours=12)  # what begins by then cannot wait for the morning


def ask(*, person: User, lesson: Lesson) -> Reminder:
    """Also who may not open it yet: they have until then to change that. Raises `BegunAlready`."""
    if not lesson.is_to_come:
        raise BegunAlready
    known = {"known_start": lesson.starts_at}
    return Reminder.objects.get_or_create(person=person, lesson=lesson, defaults=known)[0]


def take_back(*, person: User, lesson: Lesson) -> None:
    Reminder.objects.filter(person=person, lesson=lesson).delete()


def call_in(*, seconds: float = 20) -> bool:
    """Call whoever is due, then tell those whose lesson was moved. Answers whether some are left: others in the queue come in
    between.
    """
    ends, now = time.monotonic() + seconds, timezone.now()
    return _each(Reminder.objects.due(now), _call, ends) or _each(Reminder.objects.moved(now), _say_when, ends)


def _each(reminders: ReminderQuerySet, act: Callable[[Reminder], None], ends: float) -> bool:
    known = ("person", "lesson__course__tier", "lesson__course__instructor")
    found = list(reminders.select_related(*known).order_by("lesson__starts_at", "pk")[:MOST_AT_ONCE])
    for reminder in found:
        if time.monotonic() > ends:
            return True
        act(reminder)
    return len(found) == MOST_AT_ONCE


@transaction.atomic
def _call(reminder: Reminder) -> None:
    person, lesson, starts_at = reminder.person, reminder.lesson, _start(reminder)
    facts = {"has_begun": starts_at <= timezone.now(), "answer": lesson_access(person, lesson)}
    _tell(reminder, "begins", urgent=True, **facts)  # in the morning it is over
    Reminder.objects.filter(pk=reminder.pk).update(called_for=starts_at, known_start=starts_at)


@transaction.atomic
def _say_when(reminder: Reminder) -> None:
    starts_at = _start(reminder)
    _tell(reminder, "moved", urgent=starts_at - timezone.now() < SOON)
    Reminder.objects.filter(pk=reminder.pk).update(known_start=starts_at)


def _tell(reminder: Reminder, what: str, *, urgent: bool, **facts: Any) -> None:
    person, lesson = reminder.person, reminder.lesson
    tell(
        person=person,
        key=f"{what}:{lesson.pk}:{person.pk}:{_start(reminder):%Y%m%d%H%M%S}",
        template=f"courses/mail/{what}.txt",
        url=lesson.url,
        kind=Kind.LIVE,
        urgent=urgent,
        lesson=lesson,
        **facts,
    )


def _start(reminder: Reminder) -> datetime:
    return cast(datetime, reminder.lesson.starts_at)  # only such are due

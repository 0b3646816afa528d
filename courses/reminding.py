"""Calling in who asked for it, a quarter of an hour before a live lesson begins; and saying so when it is moved, is called off, or
can be heard again.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.access import lesson_access
from courses.errors import BegunAlready
from courses.models import Completion, Lesson, Reminder
from courses.models.reminder import ReminderQuerySet
from membership.access import Reason
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
    """Call whoever is due; then tell those whose lesson was called off, was moved, or can be heard again. Answers whether some are
    left: others in the queue come in between.
    """
    ends, now = time.monotonic() + seconds, timezone.now()
    turns = (
        (Reminder.objects.due(now), _call),
        (Reminder.objects.called_off(now), _say_that_it_is_off),
        (Reminder.objects.moved(now), _say_when),
        (Reminder.objects.recorded(now), _say_that_it_can_be_heard),
    )
    return any(_each(reminders, act, ends) for reminders, act in turns)


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
    person, lesson, starts_at = reminder.person, reminder.lesson, reminder.lesson.starts_at
    if starts_at and _turn(reminder, called_for=starts_at, known_start=starts_at):
        facts = {"has_begun": starts_at <= timezone.now(), "answer": lesson_access(person, lesson)}
        _tell(reminder, "begins", urgent=True, **facts)  # in the morning it is over


@transaction.atomic
def _say_when(reminder: Reminder) -> None:
    starts_at = reminder.lesson.starts_at
    if starts_at and _turn(reminder, called_for=None, known_start=starts_at):
        _tell(reminder, "moved", urgent=_is_soon(starts_at) or _is_soon(reminder.known_start))


@transaction.atomic
def _say_that_it_is_off(reminder: Reminder) -> None:
    expected = reminder.known_start
    if expected and _turn(reminder, called_for=None, known_start=None):
        _tell(reminder, "off", urgent=_is_soon(expected), expected=expected)


@transaction.atomic
def _say_that_it_can_be_heard(reminder: Reminder) -> None:
    """Who has finished it, or may not open it, has no use for that."""
    person, lesson = reminder.person, reminder.lesson
    gone, _rows = Reminder.objects.filter(pk=reminder.pk).delete()
    if not gone or Completion.objects.filter(person=person, lesson=lesson).exists():
        return
    answer = lesson_access(person, lesson)
    if answer.allowed or answer.reason is Reason.HELD:  # their cohort hears it at an hour of its own
        _tell(reminder, "again", urgent=False, answer=answer)


def _is_soon(moment: datetime | None) -> bool:
    return moment is not None and timedelta() < moment - timezone.now() < SOON


def _turn(reminder: Reminder, **facts: datetime | None) -> bool:
    """Write `facts`, unless it has changed meanwhile: of two workers, one tells. The other waits here for the end of its transaction."""
    unchanged = {"known_start": reminder.known_start, "called_for": reminder.called_for}
    return bool(Reminder.objects.filter(pk=reminder.pk, **unchanged).update(**facts))


def _tell(reminder: Reminder, what: str, *, urgent: bool, **facts: Any) -> None:
    lesson = reminder.lesson
    tell(
        person=reminder.person,
        key=f"reminder:{reminder.pk}:{what}:{timezone.now():%Y%m%d%H%M%S%f}",
        template=f"courses/mail/{what}.txt",
        url=lesson.url if lesson.is_out else "",
        kind=Kind.LIVE,
        urgent=urgent,
        lesson=lesson,
        **facts,
    )

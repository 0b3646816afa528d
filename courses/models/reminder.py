from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models.lesson import Lesson

AHEAD = timedelta(minutes=15)
LATE = timedelta(minutes=30)
"""Nobody is called into a lesson that began so long ago."""
FRESH = timedelta(days=7)
"""Nobody is told of the recording of a lesson that was given before that."""


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def due(self, now: datetime) -> ReminderQuerySet:
        """Whose lesson begins soon, or has just begun, and who has not been called for that beginning."""
        soon = self._live().filter(lesson__starts_at__gt=now - LATE, lesson__starts_at__lte=now + AHEAD)
        return soon.filter(Q(called_for=None) | ~Q(called_for=F("lesson__starts_at")))

    def moved(self, now: datetime) -> ReminderQuerySet:
        """Whose lesson is to begin at another time than they know of, and not so soon that they are called anyway."""
        later = self._live().filter(lesson__starts_at__gt=now + AHEAD)
        return later.filter(Q(known_start=None) | ~Q(known_start=F("lesson__starts_at")))

    def called_off(self, now: datetime) -> ReminderQuerySet:
        """Who knows of a beginning, and there is none any more: the lesson or its course was taken off, has no date now, or is not
        to be live.
        """
        waiting = self.filter(known_start__gt=now, person__is_active=True)
        gone = Q(lesson__is_published=False) | Q(lesson__course__is_published=False)
        is_dateless = Q(lesson__starts_at=None, lesson__audio=None)
        return waiting.filter(gone | is_dateless | ~Q(lesson__kind=Lesson.Kind.LIVE))

    def recorded(self, now: datetime) -> ReminderQuerySet:
        """Whose lesson was given a short while ago and can be heard again."""
        lessons = Lesson.objects.published().filter(kind=Lesson.Kind.LIVE, starts_at__gt=now - FRESH)
        return self.filter(person__is_active=True, lesson__in=lessons.exclude(audio=None))

    def _live(self) -> ReminderQuerySet:
        live = Lesson.objects.published().filter(kind=Lesson.Kind.LIVE, audio=None)
        return self.filter(person__is_active=True, lesson__in=live)


class Reminder(models.Model):
    """Somebody asked to be called when a live lesson begins. `known_start`: the beginning they know of, none where it had no date;
    `called_for`: the one they were called for. A lesson that is moved says so, and calls again. It goes when the recording is there.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminders")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="reminders")
    created_at = models.DateTimeField(auto_now_add=True)
    known_start = models.DateTimeField(null=True)
    called_for = models.DateTimeField(null=True)

    wagtail_reference_index_ignore = True
    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("开讲提醒")
        verbose_name_plural = _("开讲提醒")
        constraints = [models.UniqueConstraint(fields=["lesson", "person"], name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.person} · {self.lesson}"

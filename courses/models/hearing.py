from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models.lesson import Lesson
from media.models import Asset


class SittingQuerySet(models.QuerySet["Sitting"]):
    def of(self, person: User) -> SittingQuerySet:
        return self.filter(person=person)


class Sitting(models.Model):
    """A stretch of somebody's time in which they listened, by the server's clock. A person's never overlap: an hour is
    credited once. `ear_ms` is less than its length where the sound stood still or went slowly.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sittings")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="sittings")
    began = models.DateTimeField()
    ended = models.DateTimeField()
    ear_ms = models.PositiveIntegerField(default=0)

    wagtail_reference_index_ignore = True
    objects = SittingQuerySet.as_manager()

    class Meta:
        verbose_name = _("收听时段")
        verbose_name_plural = _("收听时段")
        ordering = ["began"]
        indexes = [models.Index(fields=["person", "ended"], name="sitting_of_a_person")]
        constraints = [models.CheckConstraint(condition=Q(ended__gt=F("began")), name="sitting_goes_forward")]

    def __str__(self) -> str:
        return f"{self.person} · {self.lesson} · {self.began:%F %T}"

    @property
    def length(self) -> timedelta:
        return self.ended - self.began


class HeardQuerySet(models.QuerySet["Heard"]):
    def of(self, person: User) -> HeardQuerySet:
        return self.filter(person=person)


class Heard(models.Model):
    """What one person has heard of one lesson, and where they left it.

    `ranges`: [from, to] in milliseconds of its sound, in order, apart from each other; `heard_ms` is their sum. `ear_ms` is
    time spent, so that hearing it twice counts twice. In a lesson of clips the place is also `into_ms` of `clip`, because
    `place_ms` means another moment once the clips are others.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="heard")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="heard")
    ranges = models.JSONField(default=list, blank=True)
    heard_ms = models.PositiveIntegerField(default=0)
    ear_ms = models.PositiveBigIntegerField(default=0)
    place_ms = models.PositiveIntegerField(default=0)
    clip = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    into_ms = models.PositiveIntegerField(default=0)
    place_at = models.DateTimeField(null=True, blank=True, help_text=_("什么时候听到那里"))
    at = models.DateTimeField(default=timezone.now, help_text=_("最近一次听"))

    wagtail_reference_index_ignore = True
    objects = HeardQuerySet.as_manager()

    class Meta:
        verbose_name = _("听到哪里")
        verbose_name_plural = _("听到哪里")
        constraints = [models.UniqueConstraint(fields=["person", "lesson"], name="heard_once")]
        indexes = [models.Index(fields=["person", "-at"], name="heard_lately")]

    def __str__(self) -> str:
        return f"{self.person} · {self.lesson}"

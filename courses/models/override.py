from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models import Cohort
from courses.models.course import Course
from courses.models.drip import MOST_DAYS
from courses.models.lesson import Lesson


class OverrideQuerySet(models.QuerySet["Override"]):
    def standing(self) -> OverrideQuerySet:
        return self.filter(withdrawn_at=None)

    def meant_for(self, person: User) -> OverrideQuerySet:
        """By name, or through a cohort they sit in."""
        return self.filter(Q(person=person) | Q(cohort__in=Cohort.objects.of(person)))


class Override(models.Model):
    """An exception from when lessons open, for one person or one cohort; no `lesson` means every lesson of the course.

    `NOW` and `MOMENT` take the place of the whole rule, of waiting for the lesson before too; `SHIFT` moves only its moment.
    """

    class How(models.TextChoices):
        NOW = "now", _("马上开放")
        MOMENT = "moment", _("改到某个时刻")
        SHIFT = "shift", _("提前或推后几天")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="overrides", verbose_name=_("课程"))
    lesson = models.ForeignKey(
        Lesson, on_delete=models.CASCADE, null=True, blank=True, related_name="overrides", verbose_name=_("哪一节")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="overrides", verbose_name=_("人")
    )
    cohort = models.ForeignKey(
        Cohort, on_delete=models.CASCADE, null=True, related_name="overrides", verbose_name=_("群")
    )
    how = models.CharField(_("怎么改"), max_length=8, choices=How, default=How.NOW)
    at = models.DateTimeField(_("时刻"), null=True, blank=True)
    days = models.SmallIntegerField(_("天数"), null=True, blank=True)
    reason = models.CharField(_("为什么"), max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("谁给的")
    )
    created_at = models.DateTimeField(_("什么时候给的"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("收回时间"), null=True, blank=True)

    wagtail_reference_index_ignore = True
    objects = OverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("开放例外")
        verbose_name_plural = _("开放例外")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, cohort=None) | Q(person=None, cohort__isnull=False),
                name="override_for_a_person_or_a_cohort",
            ),
            models.CheckConstraint(
                condition=Q(how="now", at=None, days=None)
                | Q(how="moment", at__isnull=False, days=None)
                | Q(how="shift", at=None, days__gte=-MOST_DAYS, days__lte=MOST_DAYS),
                name="override_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.cohort} · {self.lesson or self.course}"

    def covers(self, lesson: Lesson) -> bool:
        return self.lesson_id is None or self.lesson_id == lesson.pk

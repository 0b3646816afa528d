from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models.tag import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cohorts.models.segment import Segment


class CohortQuerySet(models.QuerySet["Cohort"]):
    def of(self, person: User) -> CohortQuerySet:
        return self.filter(seats__person=person)

    def open(self) -> CohortQuerySet:
        """Those that have not been closed."""
        return self.filter(closed_at=None)

    def tagged(self, tags: Iterable[Tag]) -> CohortQuerySet:
        """Those with any of the tags."""
        return self.filter(pk__in=Cohort.objects.filter(tags__in=tags).values("pk"))

    def learning(self, courses: Iterable[Any]) -> CohortQuerySet:
        """Those that take any of the courses; `courses` is what the app above us calls its relation to a cohort."""
        return self.filter(pk__in=Cohort.objects.filter(courses__in=courses).values("pk"))

    def in_segment(self, segment: Segment) -> CohortQuerySet:
        """Those that the segment's rule finds now, and those it names."""
        named = models.Q(pk__in=segment.cohorts.values("pk"))
        tags, courses = segment.tags.all(), segment.courses.all()
        if not tags and not courses:
            return self.filter(named)
        found = Cohort.objects.all()
        found = found.tagged(tags) if tags else found
        found = found.learning(courses) if courses else found
        return self.filter(named | models.Q(pk__in=found.order_by().values("pk")))


class Cohort(models.Model):
    """A group of learners with its own room. On a live socket it is only a label."""

    name = models.CharField(_("群名"), max_length=60, unique=True)
    theme = models.CharField(_("主题"), max_length=120, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="cohorts", verbose_name=_("标签"))
    starts_on = models.DateField(
        _("开课日"), null=True, blank=True, help_text=_("按群开课排的小节从这天数起；空 = 各人从加入那天数起")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(_("解散于"), null=True, blank=True, help_text=_("解散的群不再收到转播；空 = 还在"))

    objects = CohortQuerySet.as_manager()

    class Meta:
        verbose_name = _("群")
        verbose_name_plural = _("群")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):
    """One person's place in one cohort."""

    class Role(models.TextChoices):
        MEMBER = "member", _("群友")
        ASSISTANT = "assistant", _("助教")
        ORGANISER = "organiser", _("群主")

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="seats")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seats")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cohort", "person"], name="one_seat_per_person")]

    def __str__(self) -> str:
        return f"{self.cohort} · {self.person}"

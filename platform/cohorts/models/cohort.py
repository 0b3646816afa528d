from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class CohortQuerySet(models.QuerySet["Cohort"]):
    def of(self, person: User) -> "CohortQuerySet":
        return self.filter(seats__person=person)


class Cohort(models.Model):
    """A group of learners with its own room. On a live socket it is only a label."""

    name = models.CharField(_("群名"), max_length=60, unique=True)
    theme = models.CharField(_("主题"), max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

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

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from membership.models.tier import Tier
from web import clock


class PauseQuerySet(models.QuerySet["Pause"]):
    def of(self, person: User) -> "PauseQuerySet":
        return self.filter(person=person)

    def on(self) -> "PauseQuerySet":
        """Not resumed, and not over by itself."""
        return self.filter(resumed_at=None, ends_at__gt=clock.now())


class Pause(models.Model):
    """Days on which a membership does not run. It goes on at `ends_at`, or when its owner resumes it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pauses")
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True, blank=True)

    objects = PauseQuerySet.as_manager()

    class Meta:
        verbose_name = _("暂停")
        verbose_name_plural = _("暂停")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("started_at")), name="pause_ends_after_it_starts"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.tier}"

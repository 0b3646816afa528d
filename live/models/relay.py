from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cohorts.models import Cohort
from live.models.broadcast import Broadcast


class RelayQuerySet(models.QuerySet["Relay"]):
    def open_in(self, state: str) -> "RelayQuerySet":
        """Those whose cohort may hear a lesson in this state: live where it has no hour of its own, else the recording
        from that hour on."""
        live = models.Q(starts_at=None)
        hour_has_come = models.Q(starts_at__lte=timezone.now())
        return self.filter(live | hour_has_come if state == Broadcast.State.ENDED else live)


class Relay(models.Model):
    """One live lesson delivered into one cohort: as it happens, or as a recording at the cohort's own hour."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="relays")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="relays")
    first_heard_at = models.DateTimeField(null=True, blank=True)
    starts_at = models.DateTimeField(_("本群的时间"), null=True, blank=True, help_text=_("到点放录音；空 = 听直播"))

    objects = RelayQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["broadcast", "cohort"], name="one_relay_per_cohort")]

    def __str__(self) -> str:
        return f"{self.broadcast} → {self.cohort}"

from django.db import models

from cohorts.models import Cohort
from live.models.broadcast import Broadcast


class Relay(models.Model):
    """One live lesson delivered into one cohort."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="relays")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="relays")
    first_heard_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["broadcast", "cohort"], name="one_relay_per_cohort")]

    def __str__(self) -> str:
        return f"{self.broadcast} → {self.cohort}"

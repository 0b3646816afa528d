from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from live.models.broadcast import Broadcast


class Rehearsal(models.Model):
    """The whole path tried out before the lesson, with so many synthetic cohorts and no audience.

    `figures` maps a measure's name (`live.services.rehearsal.MEASURES`) to what was measured, once it has ended.
    """

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="rehearsals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    cohorts = models.PositiveIntegerField()
    figures = models.JSONField(default=dict)
    trouble = models.TextField(blank=True, help_text=_("没有走完的话，停在哪里"))
    began_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.broadcast} · {self.cohorts}"

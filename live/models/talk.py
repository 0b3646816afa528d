from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cohorts.models import Cohort
from live.models.broadcast import Broadcast


class Message(models.Model):
    """One line of chat, heard only in its own cohort; `t` puts it on the replay's clock."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="messages")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=300)
    t = models.PositiveBigIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text


class Question(models.Model):
    """A question to the host, from any cohort, in one queue."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待答")
        ANSWERING = "answering", _("正在答")
        ANSWERED = "answered", _("已答")

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="questions")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    t = models.PositiveBigIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text

from django.conf import settings
from django.db import models

from cohorts.models import Cohort
from live.models.broadcast import Broadcast
from membership.models import Device


class Keeper(models.Model):
    """A process that holds sockets. One row a process, not one an open socket, is renewed."""

    name = models.CharField(max_length=16, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Ticket(models.Model):
    """The right to open one socket once, within 60 s. Only a hash is kept; the ticket itself is never stored or logged.

    A socket that was let in gets the next one in its hello, to come back with after a lost connection. The process that
    holds the socket is its `keeper`: while that is alive the ticket is good, and for 60 s after the socket closed or the
    process died.
    """

    class Part(models.TextChoices):
        LISTEN = "listen"
        TALK = "talk"
        SPEAK = "speak"

    digest = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="+")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    part = models.CharField(max_length=6, choices=Part)
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)
    access_until = models.DateTimeField(null=True, blank=True)
    hosts = models.BooleanField(default=False)
    player = models.CharField(max_length=32, blank=True)
    streams = models.PositiveSmallIntegerField(default=0)  # at how many places its person may listen; 0: any
    keeper = models.CharField(max_length=16, blank=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.part} {self.person} {self.broadcast}"

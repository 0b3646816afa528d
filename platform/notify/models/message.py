from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notify.models.kind import Kind


class MessageQuerySet(models.QuerySet["Message"]):
    def of(self, person: User) -> MessageQuerySet:
        return self.filter(person=person)

    def unread(self) -> MessageQuerySet:
        return self.filter(read_at=None)

    def due(self, moment: datetime) -> MessageQuerySet:
        """Whose mail is to leave."""
        return self.filter(due_at__lte=moment)

    def waiting(self) -> MessageQuerySet:
        """Whose mail nobody has tried to send yet."""
        return self.filter(due_at__isnull=False, tries=0)


class Message(models.Model):
    """Something to tell a person, once per `key`; written in the transaction that gives the reason, sent after it.

    It stands on their page at once. Its mail leaves at `due_at`: whoever sends it moves that on first, so that the
    message is theirs alone until then, and is taken up again should they die over it. Without `due_at` no mail leaves (any more).
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="messages")
    key = models.CharField(max_length=160, unique=True, help_text="What it is about: `refunded:<reference>`")
    kind = models.CharField(_("类别"), max_length=12, choices=Kind, default=Kind.OFFICE)
    title = models.CharField(_("标题"), max_length=200)
    body = models.TextField(_("内容"))
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["person", "-created_at", "-id"], name="messages_of_a_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="messages_unread"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="messages_due"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def path(self) -> str:
        """Where it leads: a path of this school, and nothing else."""
        is_ours = self.url.startswith("/") and url_has_allowed_host_and_scheme(self.url, allowed_hosts=None)
        return self.url if is_ours else ""

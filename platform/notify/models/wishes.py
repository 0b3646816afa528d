from __future__ import annotations

from datetime import datetime, time

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notify import quiet
from notify.models.kind import Kind


class Wishes(models.Model):
    """When, and of what, a person wishes to have mail. Who never said so has no row, and the defaults."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="mail_wishes"
    )
    is_quiet = models.BooleanField(_("安静时段"), default=True)
    quiet_from = models.TimeField(_("从"), default=time(22))
    quiet_to = models.TimeField(_("到"), default=time(8))
    no_mail = models.JSONField(default=list, help_text="The kinds that do not come by mail")

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("通知设置")
        verbose_name_plural = _("通知设置")
        constraints = [models.CheckConstraint(condition=~Q(quiet_from=F("quiet_to")), name="quiet_hours_end")]

    def __str__(self) -> str:
        return str(self.person)

    @classmethod
    def of(cls, person: User) -> Wishes:
        return cls.objects.filter(pk=person.pk).first() or cls(person=person)

    def wants(self, kind: str) -> bool:
        return Kind(kind).is_obligatory or kind not in self.no_mail

    def not_before(self, moment: datetime) -> datetime:
        """When a mail of `moment` may leave: then, or when the quiet hours it falls into are over."""
        if not self.is_quiet:
            return moment
        return quiet.end(moment, begins=self.quiet_from, ends=self.quiet_to) or moment

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class DeviceQuerySet(models.QuerySet["Device"]):
    def standing_of(self, person: User) -> "DeviceQuerySet":
        """Those that count, in the order they came: the first ones keep their places."""
        return self.filter(person=person, released_at=None).order_by("pk")


class Device(models.Model):
    """One browser of one person, from the first time on that it opened what a tier with a limit opens."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices", verbose_name=_("人")
    )
    key = models.CharField(max_length=32)
    session = models.CharField(max_length=40)
    name = models.CharField(_("设备"), max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(_("最近用过"))
    released_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        verbose_name = _("设备")
        verbose_name_plural = _("设备")
        indexes = [models.Index(fields=["released_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["person", field], condition=Q(released_at=None), name=f"one_standing_device_per_{field}"
            )
            for field in ("key", "session")
        ]

    def __str__(self) -> str:
        return self.name

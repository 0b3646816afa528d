from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ListeningHabits(models.Model):
    """How somebody likes to listen, on every device."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="listening_habits"
    )
    speed = models.DecimalField(
        _("倍速"),
        max_digits=3,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.5")), MaxValueValidator(Decimal(3))],
    )
    skips = models.BooleanField(_("跳过停顿"), default=False)
    saves = models.BooleanField(_("省流量"), default=False)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("收听习惯")
        verbose_name_plural = _("收听习惯")

    def __str__(self) -> str:
        return f"{self.person} · {self.speed}×"

    @classmethod
    def of(cls, person: User) -> "ListeningHabits":
        """Theirs, or those everyone begins with, not saved."""
        return cls.objects.filter(pk=person.pk).first() or cls(person=person)

    def facts(self) -> dict[str, Any]:
        """For the player."""
        return {"speed": float(self.speed), "skips": self.skips, "saves": self.saves}

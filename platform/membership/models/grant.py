from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.models.tier import Tier


class GrantQuerySet(models.QuerySet["Grant"]):
    def of(self, person: object) -> "GrantQuerySet":
        return self.filter(person=person)

    def in_force(self) -> "GrantQuerySet":
        now = timezone.now()
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), starts_at__lte=now, withdrawn_at=None)


class Grant(models.Model):
    """A dated right to open something: a whole tier, or one `scope` (``course:12``)."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="grants")
    scope = models.CharField(max_length=60, blank=True)
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=80, unique=True, help_text=_("来处, 一事一份: order:<number>"))
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("权益")
        verbose_name_plural = _("权益")
        indexes = [models.Index(fields=["person", "scope"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(tier__isnull=False, scope="") | (Q(tier__isnull=True) & ~Q(scope="")),
                name="grant_opens_a_tier_or_a_scope",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="grant_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.tier or self.scope}"

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from membership.models.tier import Tier
from web import clock


class GrantQuerySet(models.QuerySet["Grant"]):
    """`standing` grants were neither withdrawn nor set aside; those `in_force` also hold at this moment."""

    def of(self, person: User | AnonymousUser) -> "GrantQuerySet":
        return self.filter(person=person.pk)

    def in_force(self) -> "GrantQuerySet":
        return self.standing().at(clock.now())

    def at(self, moment: datetime) -> "GrantQuerySet":
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=moment), starts_at__lte=moment)

    def standing(self) -> "GrantQuerySet":
        return self.filter(withdrawn_at=None, replaced_by="")

    def lasting(self) -> "GrantQuerySet":
        """Not over: they hold now or later."""
        return self.exclude(ends_at__lte=clock.now())

    def bought(self) -> "GrantQuerySet":
        """At once or in parts."""
        return self.filter(Q(source__startswith="order:") | Q(instalment__isnull=False))

    def given_by(self, source: str) -> "GrantQuerySet":
        """By `source` itself or as a part of it (``source/course:12``)."""
        return self.filter(Q(source=source) | Q(source__startswith=f"{source}/"))

    def set_aside_for(self, source: str) -> "GrantQuerySet":
        """Those whose value went into the upgrade that `source` is."""
        into = Q(replaced_by=source) | Q(replaced_by__startswith=f"{source}/")
        return self.filter(into, withdrawn_at=None)

    def locked(self) -> "GrantQuerySet":
        return self.select_related("person").select_for_update(of=("self",))

    def opening(self, *, scope: str, tier_rank: int | None) -> "GrantQuerySet":
        """Those that open `scope`, by itself or as part of a tier of at least `tier_rank` (None: no tier does)."""
        wanted = Q(scope=scope, tier=None)
        if tier_rank is not None:
            wanted |= Q(tier__rank__gte=tier_rank)
        return self.filter(wanted)

    def last_end(self, tier: Tier) -> datetime | None:
        """When the last right to exactly this tier ends, if that is still to come."""
        ends_at: datetime | None = self.filter(tier=tier, ends_at__gt=clock.now()).aggregate(end=Max("ends_at"))["end"]
        return ends_at

    def forever(self, tier: Tier) -> "GrantQuerySet":
        return self.filter(tier=tier, ends_at=None)

    def end_of(self, grant: "Grant") -> datetime | None:
        """When the right to the tier of `grant`, which is in force, ends with all renewals; None: never."""
        if grant.tier is None or self.forever(grant.tier).exists():
            return None
        return self.last_end(grant.tier)


class Grant(models.Model):
    """A dated right to open something: a whole tier, or one `scope` (``course:12``)."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants", verbose_name=_("人")
    )
    tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="grants", verbose_name=_("会员等级")
    )
    scope = models.CharField(_("单课"), max_length=60, blank=True, help_text=_("course:<课程编号>；给了等级就留空"))
    starts_at = models.DateTimeField(_("开始"), default=timezone.now)
    ends_at = models.DateTimeField(_("结束"), null=True, blank=True, help_text=_("空 = 没有期限"))
    withdrawn_at = models.DateTimeField(_("收回时间"), null=True, blank=True)
    source = models.CharField(
        _("来处"), max_length=80, unique=True, help_text=_("一事一份：order:<订单号>、hand:<编号>")
    )
    replaced_by = models.CharField(
        _("已并入"),
        max_length=80,
        blank=True,
        editable=False,
        help_text="The source of the upgrade its value went into",
    )
    is_fixed = models.BooleanField(
        default=False, editable=False, help_text="It keeps its dates whatever happens to those before it"
    )
    instalment = models.ForeignKey(
        "membership.Instalment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="grants",
        verbose_name=_("分期"),
    )
    whole_ends_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Of an instalment: its end once all is paid; empty: none"
    )
    note = models.CharField(_("备注"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    wagtail_reference_index_ignore = True  # no page: nothing to index, no task
    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("权益")
        verbose_name_plural = _("权益")
        indexes = [models.Index(fields=["person", "scope"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(tier__isnull=False, scope="") | (Q(tier__isnull=True) & ~Q(scope="")),
                name="grant_opens_a_tier_or_a_scope",
                violation_error_message=_("一份权益要么给一个会员等级，要么给一门课，二者选一。"),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="grant_ends_after_it_starts",
                violation_error_message=_("权益的结束时间要晚于开始时间。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.opens}"

    @property
    def opens(self) -> str:
        return str(self.tier or self.scope)

    @property
    def is_trial(self) -> bool:
        return self.source.startswith("trial:")

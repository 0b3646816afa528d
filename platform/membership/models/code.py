from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from membership import crockford

MOST = 100_000
"""Codes in one batch."""


class Present(models.Model):
    """What a code gives: `goods` of the registry (``plan:3``), called `opens`, until `redeem_until` (None: no end)."""

    goods = models.CharField(_("内容"), max_length=60, blank=True, help_text=_("plan:<套餐编号>、course:<课程编号> 等"))
    opens = models.CharField(_("打开"), max_length=200, blank=True)
    memo = models.JSONField(default=dict, blank=True, help_text="What the goods keep for the delivery")
    redeem_until = models.DateTimeField(_("兑换截止"), null=True, blank=True, help_text=_("空 = 一直有效"))
    stopped_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    class Meta:
        abstract = True


class CodeBatchQuerySet(models.QuerySet["CodeBatch"]):
    def counted(self) -> "CodeBatchQuerySet":
        """With `made` and `redeemed`, the numbers of its codes."""
        return self.annotate(made=Count("codes"), redeemed=Count("codes__redeemed_at"))


class CodeBatch(Present):
    """Many codes for the same, made at once. Stopped, never deleted."""

    class Kind(models.TextChoices):
        CARD = "card", _("会员卡")
        GIFT = "gift", _("礼品码")

    title = models.CharField(_("名称"), max_length=80, help_text=_("只给书院的人看，例如：茶博会会员卡"))
    kind = models.CharField(_("种类"), max_length=4, choices=Kind, default=Kind.CARD)
    count = models.PositiveIntegerField(_("数量"))
    note = models.CharField(_("备注"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("谁做的")
    )
    made_at = models.DateTimeField(_("制作时间"), auto_now_add=True)

    wagtail_reference_index_ignore = True  # no page: nothing to index, no task
    objects = CodeBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("兑换码批次")
        verbose_name_plural = _("兑换码批次")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(count__gte=1, count__lte=MOST),
                name="a_batch_has_a_sensible_number_of_codes",
                violation_error_message=_("一批从 1 个到 100,000 个。"),
            ),
            models.CheckConstraint(condition=~Q(goods=""), name="a_batch_gives_something"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def numbers(self) -> tuple[int, int]:
        """How many are made, and how many of them redeemed; `counted` brings them along."""
        known = vars(self)
        if "made" not in known:
            known = self.codes.aggregate(made=Count("pk"), redeemed=Count("redeemed_at"))
        return known["made"], known["redeemed"]

    @property
    def progress(self) -> str:
        """Redeemed of all; while they are still being made, how far that is."""
        made, redeemed = self.numbers
        if made < self.count:
            return str(_("%(redeemed)s / %(count)s（已做 %(made)s）")) % {
                "redeemed": f"{redeemed:,}",
                "count": f"{self.count:,}",
                "made": f"{made:,}",
            }
        return f"{redeemed:,} / {self.count:,}"

    @property
    def state_shown(self) -> str:
        if self.stopped_at:
            return str(_("已停用"))
        is_late = self.redeem_until is not None and self.redeem_until <= timezone.now()
        return str(_("已过期") if is_late else _("可兑换"))


class CodeQuerySet(models.QuerySet["Code"]):
    def redeemed_by(self, person: User) -> "CodeQuerySet":
        return self.filter(redeemed_by=person)

    def locked(self) -> "CodeQuerySet":
        return self.select_related("batch", "redeemed_by").select_for_update(of=("self",))


class Code(Present):
    """One code, for one person. Of a batch, what it gives stands there; of a bought gift (`batch` None), here.

    `source` is what the gift was bought by: ``order:<number>``.
    """

    batch = models.ForeignKey(
        CodeBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="codes", verbose_name=_("批次")
    )
    code = models.CharField(_("码"), max_length=crockford.LENGTH, unique=True)
    source = models.CharField(_("来处"), max_length=80, blank=True)
    redeemed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="codes",
        verbose_name=_("谁兑换的"),
    )
    redeemed_at = models.DateTimeField(_("兑换时间"), null=True, blank=True)

    objects = CodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("兑换码")
        verbose_name_plural = _("兑换码")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(batch__isnull=False, goods="", source="")
                | (Q(batch__isnull=True) & ~Q(goods="") & ~Q(source="")),
                name="a_code_is_of_a_batch_or_a_bought_gift",
            ),
            models.UniqueConstraint(fields=["source"], condition=~Q(source=""), name="one_code_per_bought_gift"),
            models.CheckConstraint(
                condition=Q(redeemed_by__isnull=True, redeemed_at__isnull=True)
                | Q(redeemed_by__isnull=False, redeemed_at__isnull=False),
                name="a_code_is_redeemed_by_someone_at_some_time",
            ),
        ]

    def __str__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        """As it is printed: in groups of four."""
        return crockford.shown(self.code)

    @property
    def gives(self) -> Present:
        """What it gives, and until when."""
        return self.batch or self

    @property
    def gives_shown(self) -> str:
        return self.gives.opens

    @property
    def grant_source(self) -> str:
        """What the right given for it is known by."""
        return f"code:{self.pk}"

    @property
    def is_stopped(self) -> bool:
        return bool(self.stopped_at or (self.batch and self.batch.stopped_at))

    @property
    def is_late(self) -> bool:
        until: datetime | None = self.gives.redeem_until
        return until is not None and until <= timezone.now()

    @property
    def state_shown(self) -> str:
        if self.redeemed_at:
            return str(_("已兑换") if not self.stopped_at else _("已收回"))
        if self.is_stopped:
            return str(_("已停用"))
        return str(_("已过期") if self.is_late else _("未兑换"))

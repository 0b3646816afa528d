from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from membership.months import months_after
from payments import goods as shop
from payments.errors import NotForSale
from payments.models import Order
from web.templatetags.web import money

KINDS = ("plan", "bundle", "course")
PATIENCE = timedelta(days=60)
"""As long after it has closed a missing part may still be paid."""


class PartOfferQuerySet(models.QuerySet["PartOffer"]):
    def on_sale(self) -> "PartOfferQuerySet":
        return self.filter(is_on_sale=True)


class PartOffer(models.Model):
    """Some goods, to be paid in so many monthly parts. What has been begun goes on as it was agreed on."""

    goods = models.CharField(
        _("商品"), max_length=60, help_text=_("plan:<套餐编号>、course:<课程编号> 或 bundle:<组合编号>")
    )
    parts = models.PositiveSmallIntegerField(_("分几期"), help_text=_("2 到 24 期，每月一期"))
    price = models.PositiveBigIntegerField(_("每期价格"), help_text=_("最小货币单位，人民币为分"))
    grace_days = models.PositiveSmallIntegerField(
        _("宽限天数"), default=7, help_text=_("到期没付还能听几天，1 到 28 天")
    )
    is_on_sale = models.BooleanField(_("在售"), default=True)

    wagtail_reference_index_ignore = True  # no page: nothing to index, no task
    objects = PartOfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("分期方案")
        verbose_name_plural = _("分期方案")
        constraints = [
            models.CheckConstraint(
                condition=Q(parts__gte=2, parts__lte=24),
                name="an_instalment_has_two_to_24_parts",
                violation_error_message=_("分 2 到 24 期。"),
            ),
            models.CheckConstraint(
                condition=Q(price__gt=0), name="a_part_costs_something", violation_error_message=_("价格要大于 0。")
            ),
            models.CheckConstraint(
                condition=Q(grace_days__gte=1, grace_days__lte=28),
                name="grace_is_shorter_than_a_month",
                violation_error_message=_("宽限 1 到 28 天。"),
            ),
            models.UniqueConstraint(
                fields=["goods"],
                condition=Q(is_on_sale=True),
                name="one_offer_in_parts_for_the_same_goods",
                violation_error_message=_("这件商品已有一个在售的分期方案，先把它停售。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.goods} × {self.parts}"

    @property
    def name(self) -> str:
        """As goods."""
        return f"part:{self.pk}"

    @property
    def total(self) -> int:
        return self.price * self.parts

    def clean(self) -> None:
        try:
            shop.find(self.goods)
        except NotForSale as refusal:
            raise ValidationError({"goods": _("没有这种商品。写成 plan:3、course:12 或 bundle:2。")}) from refusal
        if self.goods.partition(":")[0] not in KINDS:
            raise ValidationError({"goods": _("能分期的只有套餐、课程和组合。")})


class InstalmentQuerySet(models.QuerySet["Instalment"]):
    def of(self, person: User) -> "InstalmentQuerySet":
        return self.filter(person=person.pk)

    def going(self) -> "InstalmentQuerySet":
        """A part is to be paid and may be."""
        late = Q(reaches_at__lte=timezone.now() - PATIENCE)
        taken_back = Q(grants__withdrawn_at__isnull=False)
        return self.filter(completed_at=None, ended_at=None).exclude(late).exclude(taken_back)

    def locked(self) -> "InstalmentQuerySet":
        return self.select_related("person").select_for_update(of=("self",))


class Instalment(models.Model):
    """What one person pays in parts. The rights it gives reach to `reaches_at`: the day the next part is due, and days of
    grace; None when all is paid. It is over when all is paid, when it has `ended_at`, or `PATIENCE` after it has closed.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="instalments", verbose_name=_("人")
    )
    offer = models.ForeignKey(PartOffer, on_delete=models.PROTECT, related_name="instalments")
    goods = models.CharField(_("商品"), max_length=60)
    title = models.CharField(_("名称"), max_length=160)
    parts = models.PositiveSmallIntegerField(_("分几期"))
    price = models.PositiveBigIntegerField(_("每期价格"))
    currency = models.CharField(max_length=3)
    grace_days = models.PositiveSmallIntegerField(_("宽限天数"))
    begins_at = models.DateTimeField(_("开始"), help_text="What the days on which parts are due are counted from")
    reaches_at = models.DateTimeField(_("开到"), null=True, blank=True)
    completed_at = models.DateTimeField(_("付清时间"), null=True, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    memo = models.JSONField(default=dict, help_text="What the goods keep for the delivery")
    created_at = models.DateTimeField(_("第一期付款"), auto_now_add=True)

    wagtail_reference_index_ignore = True  # a sale is no page: nothing to index, no task
    objects = InstalmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("分期")
        verbose_name_plural = _("分期")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "goods"],
                condition=Q(completed_at=None, ended_at=None),
                name="one_instalment_of_the_same_goods_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.title}"

    @property
    def source(self) -> str:
        """What its rights are known by."""
        return f"parts:{self.pk}"

    @property
    def name(self) -> str:
        """What its next part is bought as."""
        return f"part:{self.offer_id}"

    @cached_property
    def paid(self) -> list[int]:
        """The numbers of the parts that are paid, from 1."""
        return sorted(part.n for part in self.payments.all() if part.withdrawn_at is None)

    @property
    def next(self) -> int | None:
        return next((n for n in range(1, self.parts + 1) if n not in self.paid), None)

    @property
    def next_due(self) -> datetime | None:
        return self.due(self.next) if self.next else None

    def due(self, n: int) -> datetime:
        """When part `n` is to be paid."""
        return months_after(self.begins_at, n - 1)

    @property
    def gives_up_at(self) -> datetime | None:
        """After this nothing more can be paid."""
        return self.reaches_at + PATIENCE if self.reaches_at else None

    @property
    def is_late(self) -> bool:
        return self.next_due is not None and self.next_due <= timezone.now()

    @property
    def is_closed(self) -> bool:
        """The grace is over."""
        return self.reaches_at is not None and self.reaches_at <= timezone.now()

    @property
    def is_over(self) -> bool:
        if self.completed_at or self.ended_at:
            return True
        return self.gives_up_at is not None and self.gives_up_at <= timezone.now()

    @property
    def price_shown(self) -> str:
        return money(self.price, self.currency)

    @property
    def progress(self) -> str:
        return f"{len(self.paid)} / {self.parts}"

    @property
    def state_shown(self) -> str:
        if self.completed_at:
            return str(_("已付清"))
        if self.is_over:
            return str(_("已结束"))
        if self.is_closed:
            return str(_("没付，已关上"))
        return str(_("宽限中") if self.is_late else _("进行中"))


class InstalmentPart(models.Model):
    """One part that was paid. Given back it stays written."""

    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="payments")
    n = models.PositiveSmallIntegerField(_("第几期"))
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="part")
    paid_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["n", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["instalment", "n"], condition=Q(withdrawn_at=None), name="a_part_is_paid_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instalment} · {self.n}"

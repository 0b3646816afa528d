from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from membership.models.tier import Tier
from web import clock
from web.templatetags.web import money


class PlanQuerySet(models.QuerySet["Plan"]):
    def on_sale(self) -> "PlanQuerySet":
        """The cheapest way in first: lowest tier, then lowest price. What has fixed dates is not sold after its end."""
        on_sale = self.filter(is_on_sale=True, tier__is_archived=False, tier__rank__gt=0)
        not_over = Q(ends_at=None) | Q(ends_at__gt=clock.now())
        return on_sale.filter(not_over).select_related("tier").order_by("tier__rank", "price")

    def opening(self, rank: int) -> "PlanQuerySet":
        return self.filter(tier__rank__gte=rank)


class Plan(models.Model):
    """Tier × period × price. One with fixed dates opens from `starts_at` to `ends_at`, whenever it is bought."""

    class Period(models.TextChoices):
        MONTH = "month", _("按月")
        QUARTER = "quarter", _("按季")
        YEAR = "year", _("按年")
        LIFETIME = "lifetime", _("终身")
        DATED = "dated", _("固定日期")

    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="plans", verbose_name=_("会员等级"))
    period = models.CharField(_("周期"), max_length=8, choices=Period)
    starts_at = models.DateTimeField(_("开始"), null=True, blank=True, help_text=_("只有固定日期的套餐填"))
    ends_at = models.DateTimeField(_("结束"), null=True, blank=True, help_text=_("只有固定日期的套餐填；过后不再卖"))
    price = models.PositiveBigIntegerField(_("价格"), help_text=_("最小货币单位，人民币为分"))
    currency = models.CharField(_("币种"), max_length=3, default="CNY")
    trial_days = models.PositiveSmallIntegerField(
        _("试用天数"), default=0, help_text=_("0 = 不能试用；每人每个等级只能试一次")
    )
    is_on_sale = models.BooleanField(_("在售"), default=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("套餐")
        verbose_name_plural = _("套餐")
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gt=0), name="plan_price_is_positive", violation_error_message=_("价格要大于 0。")
            ),
            models.UniqueConstraint(
                fields=["tier", "period", "currency"],
                condition=Q(is_on_sale=True) & ~Q(period="dated"),
                name="one_plan_on_sale_per_period",
                violation_error_message=_("这个等级的这个周期已有一个在售的套餐，先把它停售。"),
            ),
            models.CheckConstraint(
                condition=Q(period="dated", starts_at__isnull=False, ends_at__isnull=False, ends_at__gt=F("starts_at"))
                | (~Q(period="dated") & Q(starts_at=None, ends_at=None)),
                name="plan_has_dates_when_they_are_fixed",
                violation_error_message=_("固定日期的套餐要填开始和结束，结束晚于开始；其他套餐都不填。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier} · {self.period_shown}"

    @property
    def is_dated(self) -> bool:
        return self.period == self.Period.DATED

    @property
    def period_shown(self) -> str:
        """How long, in a word; the dates where they are fixed."""
        if not self.is_dated:
            return str(self.get_period_display())
        days = (date_format(timezone.localtime(moment), "DATE_FORMAT") for moment in (self.starts_at, self.ends_at))
        return _now("%(from)s 至 %(to)s") % dict(zip(("from", "to"), days, strict=True))

    @property
    def price_shown(self) -> str:
        return money(self.price, self.currency)

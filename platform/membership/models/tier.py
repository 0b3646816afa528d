from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from web.templatetags.web import money


class TierQuerySet(models.QuerySet["Tier"]):
    def shown(self) -> "TierQuerySet":
        """Those on the page: free, or sold in some period."""
        sold = Q(plans__is_on_sale=True) | Q(rank=0)
        return self.filter(sold, is_archived=False).distinct()


class Tier(models.Model):
    """A level of membership; a higher `rank` opens all that a lower one does. Archived, never deleted.

    Rank 0 is the free seat of everyone who has signed in: it stands beside the others and is never sold.
    """

    slug = models.SlugField(_("网址名"), unique=True)
    name = models.CharField(_("名称"), max_length=40)
    promise = models.CharField(_("一句话"), max_length=120, blank=True)
    benefits = models.JSONField(_("权益"), default=list, blank=True, help_text=_("一行一项，例如：作业：老师批改"))
    rank = models.PositiveSmallIntegerField(
        _("级别"), default=1, unique=True, help_text=_("高一级的包含低一级的全部；0 是人人都有的免费席")
    )
    is_archived = models.BooleanField(_("已归档"), default=False)

    objects = TierQuerySet.as_manager()

    class Meta:
        verbose_name = _("会员等级")
        verbose_name_plural = _("会员等级")
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.name


class PlanQuerySet(models.QuerySet["Plan"]):
    def on_sale(self) -> "PlanQuerySet":
        """The cheapest way in first: lowest tier, then lowest price."""
        on_sale = self.filter(is_on_sale=True, tier__is_archived=False, tier__rank__gt=0)
        return on_sale.select_related("tier").order_by("tier__rank", "price")

    def opening(self, rank: int) -> "PlanQuerySet":
        return self.filter(tier__rank__gte=rank)


class Plan(models.Model):
    """Tier × period × price."""

    class Period(models.TextChoices):
        MONTH = "month", _("按月")
        QUARTER = "quarter", _("按季")
        YEAR = "year", _("按年")
        LIFETIME = "lifetime", _("终身")

    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="plans", verbose_name=_("会员等级"))
    period = models.CharField(_("周期"), max_length=8, choices=Period)
    price = models.PositiveBigIntegerField(_("价格"), help_text=_("最小货币单位, 人民币为分"))
    currency = models.CharField(_("币种"), max_length=3, default="CNY")
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
                condition=Q(is_on_sale=True),
                name="one_plan_on_sale_per_period",
                violation_error_message=_("这个等级的这个周期已有一个在售的套餐，先把它停售。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier} · {self.get_period_display()}"

    @property
    def price_shown(self) -> str:
        return money(self.price, self.currency)

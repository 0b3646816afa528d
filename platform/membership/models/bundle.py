from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from payments import goods as shop
from payments.errors import NotForSale
from web.templatetags.web import money

NESTED = ("bundle", "part")


class BundleQuerySet(models.QuerySet["Bundle"]):
    def on_sale(self) -> "BundleQuerySet":
        return self.filter(is_on_sale=True).prefetch_related("items").order_by("price")


class Bundle(ClusterableModel):
    """Several goods at one price."""

    title = models.CharField(_("名称"), max_length=80)
    promise = models.CharField(_("一句话"), max_length=120, blank=True)
    price = models.PositiveBigIntegerField(_("价格"), help_text=_("最小货币单位，人民币为分"))
    currency = models.CharField(_("币种"), max_length=3, default="CNY")
    is_on_sale = models.BooleanField(_("在售"), default=True)

    objects = BundleQuerySet.as_manager()

    class Meta:
        verbose_name = _("组合")
        verbose_name_plural = _("组合")
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gt=0), name="bundle_price_is_positive", violation_error_message=_("价格要大于 0。")
            ),
        ]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def price_shown(self) -> str:
        return money(self.price, self.currency)


class BundleItem(models.Model):
    """One of the goods in a bundle: ``plan:3``, ``course:12``."""

    bundle = ParentalKey(Bundle, on_delete=models.CASCADE, related_name="items")
    goods = models.CharField(_("商品"), max_length=60, help_text=_("plan:<套餐编号> 或 course:<课程编号>"))
    sort_order = models.PositiveSmallIntegerField(default=0, editable=False)

    sort_order_field = "sort_order"

    class Meta:
        ordering = ["sort_order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["bundle", "goods"],
                name="a_bundle_has_each_thing_once",
                violation_error_message=_("同一件商品只放一次。"),
            ),
        ]

    def __str__(self) -> str:
        return self.goods

    def clean(self) -> None:
        try:
            shop.find(self.goods)
        except NotForSale as refusal:
            raise ValidationError({"goods": _("没有这种商品。写成 plan:3 或 course:12。")}) from refusal
        if self.goods.partition(":")[0] in NESTED:
            raise ValidationError({"goods": _("组合里不能再放组合或分期。")})

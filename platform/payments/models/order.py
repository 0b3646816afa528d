import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from web.templatetags.web import money


class OrderQuerySet(models.QuerySet["Order"]):
    def of(self, person: User) -> "OrderQuerySet":
        return self.filter(person=person)

    def paid(self) -> "OrderQuerySet":
        return self.filter(state__in=[Order.State.PAID, Order.State.PART_REFUNDED])

    def pending(self) -> "OrderQuerySet":
        return self.filter(state=Order.State.PENDING)

    def maybe_paid_late(self, *, since: datetime) -> "OrderQuerySet":
        """Closed, its time over since then at the earliest, with an attempt that the provider may have taken money for."""
        return self.filter(state=Order.State.CLOSED, closes_at__gte=since, payments__state="open").distinct()


class Order(models.Model):
    """What one person agreed to buy, at the price they were shown. `goods` is ``kind:id`` in the goods registry."""

    class State(models.TextChoices):
        PENDING = "pending", _("待支付")
        PAID = "paid", _("已支付")
        PART_REFUNDED = "part_refunded", _("部分退款")
        REFUNDED = "refunded", _("已退款")
        CLOSED = "closed", _("已关闭")

    number = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    goods = models.CharField(max_length=60)
    title = models.CharField(_("商品"), max_length=200)
    amount = models.PositiveBigIntegerField(_("金额"), help_text=_("最小货币单位，人民币为分"))
    currency = models.CharField(max_length=3)
    breakdown = models.JSONField(default=list, help_text=_("价格明细：[{label, amount}]，合计等于金额"))
    state = models.CharField(_("状态"), max_length=14, choices=State, default=State.PENDING)
    provider = models.CharField(_("支付方式"), max_length=20)
    terms = models.JSONField(default=list, help_text=_("付款前给人看过的话"))
    memo = models.JSONField(default=dict, help_text="What the goods keep for the delivery")
    every = models.CharField(
        max_length=8, blank=True, help_text="month, quarter or year, where it could be charged again"
    )
    renews = models.BooleanField(_("自动续费"), default=False)
    refund_days = models.PositiveSmallIntegerField(_("可退天数"), default=7)
    refund_fee = models.PositiveSmallIntegerField(_("退款手续费，百分比"), default=0)
    url = models.CharField(max_length=300, blank=True, help_text="Where the goods live")
    return_to = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("下单时间"), auto_now_add=True)
    paid_at = models.DateTimeField(_("支付时间"), null=True, blank=True)
    closes_at = models.DateTimeField(_("关闭时间"), null=True, blank=True, help_text=_("到这时还没付就关闭"))
    reminded_at = models.DateTimeField(null=True, blank=True)
    holds_stock = models.BooleanField(default=False)
    subscription = models.ForeignKey(
        "payments.Subscription", on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )

    wagtail_reference_index_ignore = True  # a sale is no page: nothing to index, no task
    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("订单")
        verbose_name_plural = _("订单")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="order_amount_is_positive"),
            models.UniqueConstraint(
                fields=["person", "goods"], condition=Q(state="pending"), name="one_pending_order_of_the_same_goods"
            ),
            models.CheckConstraint(condition=Q(refund_fee__lte=100), name="order_refund_fee_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("payments:order", args=[self.number])

    @property
    def kind(self) -> str:
        return self.goods.partition(":")[0]

    @property
    def amount_shown(self) -> str:
        return money(self.amount, self.currency)

    @property
    def state_shown(self) -> str:
        return self.get_state_display()

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING

    @property
    def is_paid(self) -> bool:
        """Paid and not given back in full."""
        return self.state in (self.State.PAID, self.State.PART_REFUNDED)

    @property
    def refund_ends_at(self) -> datetime | None:
        """Until when the buyer may ask for the money back without asking anyone."""
        return self.paid_at + timedelta(days=self.refund_days) if self.paid_at else None

    @property
    def source(self) -> str:
        """What rights given for this order are known by."""
        return f"order:{self.number}"

    @property
    def is_refundable_by_buyer(self) -> bool:
        return self.is_paid and self.refund_ends_at is not None and timezone.now() <= self.refund_ends_at

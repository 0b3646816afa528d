from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from payments.models.order import Order


class PaymentQuerySet(models.QuerySet["Payment"]):
    def with_money(self) -> "PaymentQuerySet":
        return self.filter(state__in=[Payment.State.SUCCEEDED, Payment.State.RETURNED])


class Payment(models.Model):
    """One attempt to pay an order at a provider. `reference` is ours; the provider knows the attempt by it."""

    class State(models.TextChoices):
        OPEN = "open", _("等待付款")
        SUCCEEDED = "succeeded", _("成功")
        DECLINED = "declined", _("被拒")
        RETURNED = "returned", _("退回")  # came when the order was closed or already paid; the money goes back

    class Dispute(models.TextChoices):
        OPEN = "open", _("有争议")
        WON = "won", _("争议已胜")
        LOST = "lost", _("争议已败")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=80)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    provider_reference = models.CharField(max_length=120, blank=True, help_text="What the provider calls it")
    reason = models.CharField(max_length=200, blank=True)
    dispute = models.CharField(max_length=4, choices=Dispute, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True, blank=True, help_text="By the provider's clock")

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], name="one_payment_per_reference"),
            models.UniqueConstraint(fields=["order"], condition=Q(state="succeeded"), name="an_order_is_paid_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.reference}"

    @property
    def has_money(self) -> bool:
        return self.state in (self.State.SUCCEEDED, self.State.RETURNED)

    @property
    def refunded(self) -> int:
        """What has gone back, in minor units."""
        return self.refunds.done().total()

    @property
    def refundable(self) -> int:
        """What neither has gone back nor is on its way."""
        return self.amount - self.refunds.alive().total() if self.has_money else 0


class RefundQuerySet(models.QuerySet["Refund"]):
    def done(self) -> "RefundQuerySet":
        return self.filter(state=Refund.State.SUCCEEDED)

    def alive(self) -> "RefundQuerySet":
        return self.exclude(state=Refund.State.FAILED)

    def total(self) -> int:
        return self.aggregate(total=Sum("amount"))["total"] or 0


class Refund(models.Model):
    """Money on its way back. `reference` is ours; asking the provider again with it gives back only once."""

    class State(models.TextChoices):
        PENDING = "pending", _("处理中")
        SUCCEEDED = "succeeded", _("已退")
        FAILED = "failed", _("失败")

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    reference = models.CharField(max_length=80, unique=True)
    amount = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    is_final = models.BooleanField(
        default=False, help_text="Takes back what was bought though a part of the money stays"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who asked",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True, help_text="By the provider's clock")

    objects = RefundQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_is_positive")]

    def __str__(self) -> str:
        return self.reference


class WebhookEventQuerySet(models.QuerySet["WebhookEvent"]):
    def waiting(self) -> "WebhookEventQuerySet":
        """Believed and stored, and not yet let take effect."""
        return self.filter(handled_at=None, outcome="")


class WebhookEvent(models.Model):
    """The inbox: every verified event once, whatever became of it.

    One that is refused after it was stored has an `outcome` and no `handled_at`.
    """

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=60)
    payload = models.JSONField()
    notice = models.JSONField(default=dict, editable=False)  # what it says, read; see `providers.base.Notice.facts`
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

    objects = WebhookEventQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="one_row_per_webhook_event")]
        indexes = [models.Index(fields=["received_at"], condition=Q(handled_at=None), name="webhook_events_waiting")]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"

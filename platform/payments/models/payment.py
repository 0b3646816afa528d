from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.models.order import Order


class Payment(models.Model):
    """One attempt to pay an order at a provider. `reference` is the provider's own identifier."""

    class State(models.TextChoices):
        OPEN = "open", _("等待付款")
        SUCCEEDED = "succeeded", _("成功")
        DECLINED = "declined", _("被拒")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=80)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], name="one_payment_per_reference"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="succeeded"), name="an_order_is_paid_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.reference}"


class Refund(models.Model):
    class State(models.TextChoices):
        PENDING = "pending", _("处理中")
        SUCCEEDED = "succeeded", _("已退")
        FAILED = "failed", _("失败")

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    reference = models.CharField(max_length=80, unique=True)
    amount = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.reference


class WebhookEvent(models.Model):
    """The inbox: every verified event once, whatever became of it."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=60)
    payload = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="one_row_per_webhook_event")]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"

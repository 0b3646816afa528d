"""What the sandbox provider itself remembers, as a real provider would on its own side."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class SandboxCharge(models.Model):
    class State(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        DECLINED = "declined"
        CLOSED = "closed"

    reference = models.CharField(max_length=80, unique=True)
    order_number = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    refunded = models.PositiveBigIntegerField(default=0)
    return_url = models.CharField(max_length=400)
    notify_url = models.CharField(max_length=400)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(refunded__lte=F("amount")), name="sandbox_refunds_at_most_the_charge")
        ]

    def __str__(self) -> str:
        return self.reference


class SandboxRefund(models.Model):
    charge = models.ForeignKey(SandboxCharge, on_delete=models.CASCADE, related_name="refunds")
    reference = models.CharField(max_length=80, unique=True)
    amount = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return self.reference


class SandboxNotice(models.Model):
    """A webhook to be posted until it is answered; each attempt is signed anew."""

    charge = models.ForeignKey(SandboxCharge, on_delete=models.CASCADE, related_name="notices")
    body = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.body.get("id", self.pk))

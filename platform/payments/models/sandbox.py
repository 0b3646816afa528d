from django.db import models


class SandboxCharge(models.Model):
    """What the sandbox provider itself remembers, as a real provider would on its own side."""

    reference = models.CharField(max_length=80, unique=True)
    order_number = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, default="open")
    refunded = models.PositiveBigIntegerField(default=0)
    return_url = models.CharField(max_length=400)
    notify_url = models.CharField(max_length=400)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.reference

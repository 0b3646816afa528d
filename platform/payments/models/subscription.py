from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def alive(self) -> "SubscriptionQuerySet":
        return self.exclude(state=Subscription.State.ENDED)


class Subscription(models.Model):
    """Goods a provider charges again each period, until the buyer stops it. Each charge is an order of its own."""

    class State(models.TextChoices):
        ACTIVE = "active", _("自动续费中")
        PAST_DUE = "past_due", _("扣款没有成功")
        ENDING = "ending", _("到期不再续")
        ENDED = "ended", _("已结束")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="subscriptions")
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=120, help_text="What the provider calls it")
    goods = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    period_ends_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True, help_text="When its last news happened")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], name="one_row_per_subscription"),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.get_state_display()}"

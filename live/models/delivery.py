import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from cohorts.models import Cohort
from live.models.broadcast import Broadcast
from live.models.log import Event
from live.models.outside import OutsideGroup

if TYPE_CHECKING:
    from collections.abc import Collection


@models.ForeignKey.register_lookup
class Among(models.Lookup[list[int]]):
    """Many keys as one parameter: Django's own `in` spends longer on ten thousand of them than the database does."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, values = self.process_lhs(compiler, connection)
        return f"{column} IN (SELECT value FROM json_each(%s))", [*values, json.dumps(self.rhs)]  # noqa: S608

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, values = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*values, self.rhs]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def queued(self) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.QUEUED)

    def failed(self) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.FAILED)

    def into(self, cohorts: "Collection[int]") -> "DeliveryQuerySet":
        return self.filter(cohort_id__among=list(cohorts))

    def unanswered(self) -> "DeliveryQuerySet":
        """Those nobody has seen arrive: still on the way, or put down as offline or unreported for want of news."""
        assumed = models.Q(reason__in=[Delivery.Reason.OFFLINE, Delivery.Reason.UNREPORTED])
        return self.exclude(state=Delivery.State.HEARD).filter(models.Q(state=Delivery.State.QUEUED) | assumed)

    def arrived(self, at: datetime) -> int:
        """Put down as delivered at that moment, each with how long it took."""
        count = 0
        for since in set(self.order_by().values_list("queued_at", flat=True)):
            count += self.filter(queued_at=since).update(
                state=Delivery.State.DELIVERED,
                reason="",
                delivered_at=at,
                failed_at=None,
                took_ms=max(round((at - since).total_seconds() * 1000), 0),
            )
        return count


class Delivery(models.Model):
    """The relay ledger: one entry of the lesson log on its way into one cohort, or into one outside group.

    The constraints allow one row for each, so that however often a button is pressed nothing is delivered twice.

    *queued*: written together with the entry. *delivered*: a process of ours handed the bytes to the socket of every
    listener of the cohort that it holds (`took_ms` from queued to there). Where nobody was online the row is delivered
    as well, with the reason `offline`: the entry stands in the lesson log, and the log is what the cohort's page reads
    before anything else. *heard*: the first ear, as a player reported it: first sound for the start of the lesson, text
    shown for a post. *failed*: it did not arrive, and `reason` says why; only these are ever sent again. News that comes
    late beats an assumption: `offline` and `unreported` give way to a process that says it did write.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("在路上")
        DELIVERED = "delivered", _("已送达")
        HEARD = "heard", _("已听到")
        FAILED = "failed", _("没送到")

    class Reason(models.TextChoices):
        OFFLINE = "offline", _("无人在线，进群就能看到")
        UNREPORTED = "unreported", _("群里有人在线，10 秒内没有服务器回报送达")
        CLOSED = "closed", _("群已经解散")
        REFUSED = "refused", _("对方平台拒收")
        LIMITED = "limited", _("对方平台限流，稍后再发")
        UNREACHABLE = "unreachable", _("连不上对方平台")
        INTERRUPTED = "interrupted", _("发送时中断，可能已经送到；先去群里看一眼再重试")

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="deliveries", null=True, blank=True)
    group = models.ForeignKey(OutsideGroup, on_delete=models.CASCADE, related_name="deliveries", null=True, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=12, choices=Reason, blank=True)
    detail = models.CharField(max_length=200, blank=True, help_text=_("对方平台的原话"))
    attempts = models.PositiveSmallIntegerField(default=1)
    queued_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    took_ms = models.PositiveIntegerField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["broadcast", "event", "cohort"], name="one_delivery_per_cohort"),
            models.UniqueConstraint(fields=["broadcast", "event", "group"], name="one_delivery_per_group"),
            models.CheckConstraint(
                condition=models.Q(cohort=None, group__isnull=False) | models.Q(cohort__isnull=False, group=None),
                name="delivered_to_one_place",
            ),
        ]
        indexes = [models.Index(fields=["event", "state"])]

    def __str__(self) -> str:
        return f"{self.event} → {self.cohort or self.group}: {self.get_state_display()}"

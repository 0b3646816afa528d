from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from payments.models.order import Order


class Transaction(models.Model):
    """One balanced group of entries. Append-only: the database refuses UPDATE and DELETE (migration `ledger_guard`)."""

    key = models.CharField(max_length=120, unique=True, help_text="What happened, once: `payment:sandbox:ref`")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="ledger")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key


class EntryQuerySet(models.QuerySet["Entry"]):
    def within(self, begins: datetime, ends: datetime) -> "EntryQuerySet":
        return self.filter(transaction__at__gte=begins, transaction__at__lt=ends)

    def by_account(self) -> list[dict[str, Any]]:
        """Per account and currency: `debit`, `credit` (both positive) and what is left of them, `balance`."""
        into, out = Sum("amount", filter=Q(amount__gt=0)), Sum("amount", filter=Q(amount__lt=0))
        sums = self.values("account", "currency").annotate(into=Coalesce(into, 0), out=Coalesce(out, 0))
        return [
            {**row, "debit": row["into"], "credit": -row["out"], "balance": row["into"] + row["out"]}
            for row in sums.order_by("account", "currency")
        ]


class Entry(models.Model):
    """One side of a transaction; debit is positive, credit negative, Σ = 0 per transaction."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=60)
    amount = models.BigIntegerField(help_text="Minor units; debit positive, credit negative")
    currency = models.CharField(max_length=3)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"

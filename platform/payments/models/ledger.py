from django.db import models

from payments.models.order import Order


class Transaction(models.Model):
    """One balanced group of entries. Append-only: the database refuses UPDATE and DELETE (migration `ledger_guard`)."""

    key = models.CharField(max_length=120, unique=True, help_text="What happened, once: `payment:sandbox:ref`")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="ledger")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key


class Entry(models.Model):
    """One side of a transaction; debit is positive, credit negative, Σ = 0 per transaction."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=60)
    amount = models.BigIntegerField(help_text="Minor units; debit positive, credit negative")
    currency = models.CharField(max_length=3)

    class Meta:
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"

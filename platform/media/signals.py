"""What media tells, to whoever listens."""

from django.dispatch import Signal

# join=Join; sent within the transaction that writes the row: `join.asset` is there, or None when it cannot be made
joined = Signal()

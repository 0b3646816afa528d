"""Double entry: what happened to the money, written once and never changed."""

from django.db import transaction

from payments.models import Entry, Order, Transaction


@transaction.atomic
def book(*, key: str, order: Order, debit: str, credit: str, amount: int) -> Transaction:
    """Move `amount` (minor units of the order's currency) from `credit` to `debit`; the same `key` again does nothing.

    Accounts: ``provider:<name>`` what a provider holds for us, ``sales:<kind>`` what was earned,
    ``owed:buyers`` what came although nothing was sold for it and goes back.
    """
    booked, is_new = Transaction.objects.get_or_create(key=key, defaults={"order": order})
    if is_new:
        sides = [(debit, amount), (credit, -amount)]
        Entry.objects.bulk_create(
            Entry(transaction=booked, account=account, amount=minor, currency=order.currency)
            for account, minor in sides
        )
    return booked

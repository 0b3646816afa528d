"""Double entry: what happened to the money, written once and never changed."""

from django.db import transaction

from payments.models import Entry, Order, Transaction


@transaction.atomic(savepoint=False)
def book(*, key: str, order: Order, debit: str, credit: str, amount: int) -> Transaction:
    """Move `amount` (minor units of the order's currency) from `credit` to `debit`; the same `key` again does nothing.

    Accounts: ``provider:<name>`` what a provider holds for us, ``sales:<kind>`` what was earned,
    ``owed:buyers`` what came although nothing was sold for it and goes back.
    """
    known = Transaction.objects.filter(key=key).first()
    if known:
        return known
    booked = Transaction.objects.create(key=key, order=order)
    sides = [(debit, amount), (credit, -amount)]
    Entry.objects.bulk_create(
        Entry(transaction=booked, account=account, amount=minor, currency=order.currency) for account, minor in sides
    )
    return booked

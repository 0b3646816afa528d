"""What Stripe's own books say moved on a day, by UTC."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from payments.errors import BillNotReady
from payments.providers.base import BillLine, Kind
from payments.providers.stripe import whose
from payments.providers.stripe.client import Row, api, every
from payments.providers.stripe.facts import REFUND_FAILED, disputed_amount, refund_reference

KINDS = {
    "charge": Kind.PAID,
    "payment": Kind.PAID,
    "refund": Kind.REFUNDED,
    "payment_refund": Kind.REFUNDED,
}
Find = Callable[[str], str]


def lines(*, day: date) -> list[BillLine]:
    """What was paid, given back, and lost to a bank, of ours, oldest first.

    A refund that a bank sent back is no line, nor is a dispute that is open or won. Amounts are what the buyer paid or
    got; the fee is turned into the same currency when the account is kept in another.
    """
    begins = datetime.combine(day, time(), UTC)
    ends = begins + timedelta(days=1)
    if ends > datetime.now(UTC):
        raise BillNotReady
    within = {"gte": int(begins.timestamp()), "lt": int(ends.timestamp())}
    rows = every(api().balance_transactions.list, {"created": within, "expand": ["data.source"]})
    find = cache(whose.reference_of_intent)
    found = (_line(row, find) or _lost(row, find) for row in reversed(rows))
    return [line for line in found if line and line.reference]


def _line(row: Row, find: Find) -> BillLine | None:
    kind, source = KINDS.get(row["type"]), row["source"]
    if kind is None or source["status"] in REFUND_FAILED:
        return None
    refund = refund_reference(source) if kind is Kind.REFUNDED else ""
    return _made(row, kind, whose.reference_of(source) or _ask(source, find), source, source["amount"], refund)


def _lost(row: Row, find: Find) -> BillLine | None:
    source = row["source"]
    is_it = row["type"] == "adjustment" and source and source["object"] == "dispute" and source["status"] == "lost"
    reference = _ask(source, find) if is_it else ""
    if not reference:
        return None
    intent = whose.intent(source["payment_intent"])
    return _made(row, Kind.REFUNDED, reference, intent, disputed_amount(source, intent), source["id"])


def _ask(source: Row, find: Find) -> str:
    intent_id = source.get("payment_intent")
    return find(intent_id) if intent_id else ""


def _made(row: Row, kind: Kind, reference: str, paid: Row, amount: int, refund_reference: str) -> BillLine:
    return BillLine(
        kind=kind,
        reference=reference,
        amount=amount,
        currency=paid["currency"].upper(),
        refund_reference=refund_reference,
        at=datetime.fromtimestamp(row["created"], UTC),
        fee=round(row["fee"] / (row["exchange_rate"] or 1)),
    )

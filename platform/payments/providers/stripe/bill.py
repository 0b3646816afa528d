"""What Stripe's own books say moved on a day, by UTC."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from payments.errors import BillNotReady
from payments.providers.base import BillLine, Kind
from payments.providers.stripe import whose
from payments.providers.stripe.client import Row, api, every
from payments.providers.stripe.facts import REFUND_FAILED, refund_reference

KINDS = {
    "charge": Kind.PAID,
    "payment": Kind.PAID,
    "refund": Kind.REFUNDED,
    "payment_refund": Kind.REFUNDED,
}


def lines(*, day: date) -> list[BillLine]:
    """Charges and refunds of ours, oldest first. A refund that a bank sent back is none, also on the day it was made.

    Amounts are what the buyer paid or got; the fee is turned into the same currency when the account is kept in another.
    """
    begins = datetime.combine(day, time(), UTC)
    ends = begins + timedelta(days=1)
    if ends > datetime.now(UTC):
        raise BillNotReady
    within = {"gte": int(begins.timestamp()), "lt": int(ends.timestamp())}
    rows = every(api().balance_transactions.list, {"created": within, "expand": ["data.source"]})
    through_intent = cache(whose.reference_of_intent)
    found = [
        _line(row, whose.reference_of(row["source"]) or _ask(row["source"], through_intent)) for row in _ours(rows)
    ]
    return [line for line in reversed(found) if line.reference]


def _ours(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["type"] in KINDS and row["source"]["status"] not in REFUND_FAILED]


def _ask(source: Row, through_intent: Callable[[str], str]) -> str:
    intent_id = source.get("payment_intent")
    return through_intent(intent_id) if intent_id else ""


def _line(row: Row, reference: str) -> BillLine:
    source, kind = row["source"], KINDS[row["type"]]
    return BillLine(
        kind=kind,
        reference=reference,
        amount=source["amount"],
        currency=source["currency"].upper(),
        refund_reference=refund_reference(source) if kind is Kind.REFUNDED else "",
        at=datetime.fromtimestamp(row["created"], UTC),
        fee=round(row["fee"] / (row["exchange_rate"] or 1)),
    )

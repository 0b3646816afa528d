"""What is so at Stripe, in the words of a `Notice`. The same fact has the same id, told or found by asking."""

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from payments.models import Payment
from payments.providers.base import Kind, Notice
from payments.providers.stripe import whose
from payments.providers.stripe.client import Row, api, ask, every

OVER = ("canceled", "incomplete_expired")
UNPAID = ("past_due", "unpaid")
REFUND_FAILED = ("failed", "canceled")


def known(*, payment: Payment) -> list[Notice]:
    """The payment, its refunds and disputes; and for the first of a subscription what has become of that."""
    found = _further(payment) if whose.is_further(payment) else _first(payment)
    return sorted((one for one in found if one), key=lambda one: one.at or datetime.max.replace(tzinfo=UTC))


def _first(payment: Payment) -> list[Notice | None]:
    session = whose.session_of(payment)
    if session is None:
        return []
    found = [of_session(session), *_afterwards(payment.reference, whose.intent_in(session))]
    followed = payment.order.subscription
    return [*found, *_periods(followed.reference)] if followed else found


def _further(payment: Payment) -> list[Notice | None]:
    invoice = whose.invoice_of(payment)
    if invoice is None:
        return []
    return [of_invoice(invoice), *_afterwards(payment.reference, whose.intent_of_invoice(invoice["id"]))]


def _afterwards(reference: str, intent_id: str) -> list[Notice | None]:
    """What became of the money, once there is some."""
    if not intent_id:
        return []
    intent = whose.intent(intent_id)
    charge = intent["latest_charge"]
    if not charge or not charge["paid"]:
        return []
    found = [of_refund(one, reference) for one in refunds_of(intent_id)]
    if charge["disputed"]:
        disputes = every(api().disputes.list, {"payment_intent": intent_id})
        found += [one for dispute in disputes for one in all_of_dispute(dispute, reference, intent)]
    return found


def refunds_of(intent_id: str) -> list[Row]:
    """Oldest first."""
    wanted = {"payment_intent": intent_id, "expand": ["data.balance_transaction"]}
    return every(api().refunds.list, wanted)[::-1]


def _periods(subscription_id: str) -> list[Notice | None]:
    invoices = every(api().invoices.list, {"subscription": subscription_id, "status": "paid"})
    return [*(of_invoice(one) for one in invoices), of_subscription(subscription(subscription_id))]


def of_session(session: Row) -> Notice | None:
    """PAID, or DECLINED when a slow way to pay came to nothing; a refused card is none: another may be tried."""
    reference = whose.reference_of(session)
    if not reference or session["status"] != "complete":
        return None
    if session["payment_status"] == "paid":
        return _notice(Kind.PAID, session, reference, session["amount_total"], **_first_period(session))
    error = (session["payment_intent"] or {}).get("last_payment_error")
    if not error:
        return None
    reason = error.get("message") or ""
    return _notice(Kind.DECLINED, session, reference, session["amount_total"], reason=reason)


def _first_period(session: Row) -> Row:
    if session["invoice"]:
        invoice = session["invoice"]
        facts = {"subscription": session["subscription"], "period_ends_at": _end(invoice)}
        return {"at": _moment(invoice["status_transitions"]["paid_at"]), **facts}
    charge = (session["payment_intent"] or {}).get("latest_charge")
    return {"at": _booked(charge) if charge else None}


def of_invoice(invoice: Row) -> Notice | None:
    """RENEWED, when it paid a further period. What Stripe gave for nothing is no order of ours."""
    is_further = invoice["billing_reason"] == whose.FURTHER and whose.reference_of_invoice(invoice)
    if not is_further or invoice["status"] != "paid" or not invoice["amount_paid"]:
        return None
    facts: Row = {
        "at": _moment(invoice["status_transitions"]["paid_at"]),
        "subscription": whose.subscription_of(invoice),
        "period_ends_at": _end(invoice),
    }
    return _notice(Kind.RENEWED, invoice, invoice["id"], invoice["amount_paid"], **facts)


def of_refund(refund: Row, reference: str) -> Notice | None:
    """REFUNDED or REFUND_FAILED; one made at Stripe's own desk is known by Stripe's name for it."""
    if refund["status"] != "succeeded" and refund["status"] not in REFUND_FAILED:
        return None
    kind = Kind.REFUNDED if refund["status"] == "succeeded" else Kind.REFUND_FAILED
    facts: Row = {
        "key": refund_reference(refund),
        "refund_reference": refund_reference(refund),
        "reason": refund.get("failure_reason") or "",
        "at": _booked(refund),
    }
    return _notice(kind, refund, reference, refund["amount"], **facts)


def refund_reference(refund: Row) -> str:
    return str((refund["metadata"] or {}).get("refund") or refund["id"])


def of_dispute(dispute: Row, reference: str, intent: Row) -> Notice | None:
    """How it stands now. A bank that only asks (`warning_…`) has taken nothing: that is no dispute yet."""
    found = all_of_dispute(dispute, reference, intent)
    return found[-1] if found else None


def all_of_dispute(dispute: Row, reference: str, intent: Row) -> list[Notice]:
    if dispute["status"].startswith(("warning", "prevented")):
        return []
    kinds = [Kind.DISPUTED]
    kinds += {"won": [Kind.DISPUTE_WON], "lost": [Kind.DISPUTE_LOST]}.get(dispute["status"], [])
    facts: Row = {
        "key": dispute["id"],
        "refund_reference": dispute["id"],
        "reason": dispute["reason"],
        "at": _moment(min((one["created"] for one in dispute["balance_transactions"]), default=dispute["created"])),
    }
    row = {**dispute, "currency": intent["currency"]}
    return [_notice(kind, row, reference, disputed_amount(dispute, intent), **facts) for kind in kinds]


def disputed_amount(dispute: Row, intent: Row) -> int:
    """In the currency that was paid, and not more than is still there: a bank may count in another."""
    left = intent["amount_received"] - (intent["latest_charge"] or {}).get("amount_refunded", 0)
    asked = dispute["amount"] if dispute["currency"] == intent["currency"] else intent["amount_received"]
    return int(min(asked, left) or asked)


def subscription(subscription_id: str) -> Row:
    return ask(api().subscriptions.retrieve, subscription_id, {"expand": ["latest_invoice"]})


def of_subscription(sub: Row, *, stopped_at: int | None = None, resumed_at: datetime | None = None) -> Notice | None:
    """SUBSCRIPTION: that it is over, will end, could not be charged, or goes on after all.

    Of the last only an event tells: when it had been asked to end, and when that was taken back. `period_ends_at` is
    until when it is paid, never the period that Stripe has begun on credit; none when it is over.
    """
    item = sub["items"]["data"][0]
    if sub["status"] in OVER:
        return _standing(sub, f"over:{sub['id']}", is_ending=True, at=_moment(sub["ended_at"]))
    if sub["cancel_at"] or sub["cancel_at_period_end"]:
        ends_at = _moment(sub["cancel_at"] or item["current_period_end"])
        key = f"ending:{sub['id']}:{sub['canceled_at']}"
        return _standing(sub, key, is_ending=True, period_ends_at=ends_at, at=_moment(sub["canceled_at"]))
    if sub["status"] in UNPAID:
        return _unpaid(sub, item)
    if stopped_at and sub["status"] == "active":
        ends_at = _moment(item["current_period_end"])
        return _standing(sub, f"resumed:{sub['id']}:{stopped_at}", period_ends_at=ends_at, at=resumed_at)
    return None


def _unpaid(sub: Row, item: Row) -> Notice | None:
    """Once for each time the bank was asked, in whichever of its notices Stripe says so."""
    invoice = sub["latest_invoice"]
    if not invoice or invoice["status"] == "paid":
        return None
    key = f"unpaid:{invoice['id']}:{invoice['attempt_count']}"
    paid_until = _moment(item["current_period_start"])
    return _standing(sub, key, period_ends_at=paid_until, **_why(invoice["id"]))


def _why(invoice_id: str) -> Row:
    """In the bank's words, and when it said them."""
    intent_id = whose.intent_of_invoice(invoice_id)
    intent = whose.intent(intent_id) if intent_id else {}
    reason = (intent.get("last_payment_error") or {}).get("message") or _("银行没有付这一期的款")
    return {"reason": reason, "at": _moment((intent.get("latest_charge") or {}).get("created"))}


def _standing(sub: Row, key: str, **facts: Any) -> Notice | None:
    reference = whose.reference_of(sub)
    if not reference:
        return None
    return _notice(Kind.SUBSCRIPTION, sub, reference, 0, key=key, subscription=sub["id"], **facts)


def _notice(kind: Kind, about: Row, reference: str, amount: int, *, key: str = "", **facts: Any) -> Notice:
    currency = about["currency"].upper()
    payload = {"object": about["object"], "id": about["id"], "status": about["status"]}
    return Notice(f"{kind.value}:{key or reference}", kind, reference, amount, currency, payload=payload, **facts)


def _booked(thing: Row) -> datetime | None:
    """When it came into Stripe's own books, and so which day's bill it is on."""
    booked = thing["balance_transaction"]
    return _moment((booked if isinstance(booked, dict) else thing)["created"])


def _end(invoice: Row) -> datetime | None:
    """Of the period that was paid: an invoice's own period is the one before."""
    return _moment(max((line["period"]["end"] for line in invoice["lines"]["data"]), default=None))


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None

"""The objects as Stripe shows them, made new. Names that begin with `_` are never shown."""

from calendar import monthrange
from datetime import UTC, datetime
from typing import Any

from payments.simulators.stripe.wire import Row, new_id

TABLES = {
    "cs": "checkout.sessions",
    "pi": "payment_intents",
    "ch": "charges",
    "re": "refunds",
    "cus": "customers",
    "sub": "subscriptions",
    "in": "invoices",
    "inpay": "invoice_payments",
    "txn": "balance_transactions",
    "dp": "disputes",
    "evt": "events",
    "bps": "billing_portal.sessions",
}


def later(moment: int, *, interval: str, count: int, anchor: int) -> int:
    """One period after `moment`, on the anchor's day of the month as far as the month has it."""
    months = count * {"month": 1, "year": 12}[interval]
    day, start = datetime.fromtimestamp(moment, UTC), datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return int(day.replace(year=year, month=month + 1, day=min(start.day, last)).timestamp())


def session(given: Row, *, items: list[Row], at: int, base: str) -> Row:
    id_, total = new_id("cs_test"), sum(item["amount"] for item in items)
    asked = ("cancel_url", "client_reference_id", "customer_email", "locale", "success_url")
    return {
        **_begun(id_, "checkout.session", at),
        **{name: given.get(name) for name in asked},
        "amount_subtotal": total,
        "amount_total": total,
        "currency": items[0]["currency"],
        "customer": given.get("customer"),
        "customer_details": None,
        "expires_at": int(given.get("expires_at", at + 24 * 3600)),
        "invoice": None,
        "metadata": given.get("metadata", {}),
        "mode": given["mode"],
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "status": "open",
        "subscription": None,
        "ui_mode": "hosted_page",
        "url": f"{base}/c/pay/{id_}",
        "_items": items,
        "_inner": given.get("payment_intent_data") or given.get("subscription_data") or {},
    }


def customer(*, email: str, at: int) -> Row:
    return {**_begun(new_id("cus"), "customer", at), "email": email, "metadata": {}, "name": None}


def intent(*, amount: int, currency: str, at: int, inner: Row, customer: str | None) -> Row:
    return {
        **_begun(new_id("pi"), "payment_intent", at),
        "amount": amount,
        "amount_received": 0,
        "currency": currency,
        "customer": customer,
        "description": inner.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": inner.get("metadata", {}),
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }


def charge(*, of: Row, at: int, failure: tuple[str, str] | None = None) -> Row:
    code, message = failure or (None, None)
    return {
        **_begun(new_id("ch"), "charge", at),
        "amount": of["amount"],
        "amount_refunded": 0,
        "balance_transaction": None,
        "currency": of["currency"],
        "customer": of["customer"],
        "disputed": False,
        "failure_code": code,
        "failure_message": message,
        "metadata": dict(of["metadata"]),
        "paid": failure is None,
        "payment_intent": of["id"],
        "refunded": False,
        "status": "failed" if failure else "succeeded",
        "_is_charged_back": False,
    }


def refund(*, of: Row, amount: int, given: Row, at: int) -> Row:
    return {
        **_begun(new_id("re"), "refund", at),
        "amount": amount,
        "balance_transaction": None,
        "charge": of["id"],
        "currency": of["currency"],
        "failure_reason": None,
        "metadata": given.get("metadata", {}),
        "payment_intent": of["payment_intent"],
        "reason": given.get("reason"),
        "status": "pending",
    }


def transaction(*, source: Row, kind: str, gross: int, fee: int, at: int, settles: tuple[str, float] | None) -> Row:
    currency, rate = settles or (source["currency"], 1.0)
    amount, kept = round(gross * rate), round(fee * rate)
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": at + 7 * 86400,
        "created": at,
        "currency": currency,
        "exchange_rate": rate if settles else None,
        "fee": kept,
        "fee_details": [{"amount": kept, "currency": currency, "type": "stripe_fee"}] if kept else [],
        "net": amount - kept,
        "reporting_category": kind,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }


def dispute(*, of: Row, amount: int, reason: str, status: str, at: int) -> Row:
    return {
        **_begun(new_id("dp"), "dispute", at),
        "amount": amount,
        "balance_transactions": [],
        "charge": of["id"],
        "currency": of["currency"],
        "is_charge_refundable": status.startswith("warning"),
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "reason": reason,
        "status": status,
    }


def subscription(*, item: Row, customer: str, inner: Row, at: int) -> Row:
    every: dict[str, Any] = item["recurring"]
    return {
        **_begun(new_id("sub"), "subscription", at),
        "billing_cycle_anchor": at,
        "billing_mode": {"type": "flexible"},
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "collection_method": "charge_automatically",
        "currency": item["currency"],
        "customer": customer,
        "description": inner.get("description"),
        "ended_at": None,
        "items": _list([_subscription_item(item, every, at)], "/v1/subscription_items"),
        "latest_invoice": None,
        "metadata": inner.get("metadata", {}),
        "start_date": at,
        "status": "active",
        "_refusals": 0,
    }


def _subscription_item(item: Row, every: Row, at: int) -> Row:
    return {
        "id": new_id("si"),
        "object": "subscription_item",
        "current_period_start": at,
        "current_period_end": later(at, interval=every["interval"], count=every["interval_count"], anchor=at),
        "price": {
            "id": new_id("price"),
            "object": "price",
            "currency": item["currency"],
            "recurring": every,
            "unit_amount": item["amount"],
        },
        "quantity": 1,
    }


def invoice(*, of: Row, reason: str, before: tuple[int, int], at: int) -> Row:
    """`before` is the period that ended: what Stripe shows as the invoice's own; the new one is on its line."""
    item = of["items"]["data"][0]
    amount = item["price"]["unit_amount"]
    return {
        **_begun(new_id("in"), "invoice", at),
        "amount_due": amount,
        "amount_paid": 0,
        "amount_remaining": amount,
        "attempt_count": 0,
        "attempted": False,
        "billing_reason": reason,
        "currency": of["currency"],
        "customer": of["customer"],
        "lines": _list([_invoice_line(of, item, amount)], "/v1/invoices/lines"),
        "metadata": {},
        "next_payment_attempt": None,
        "parent": {
            "quote_details": None,
            "subscription_details": {"metadata": dict(of["metadata"]), "subscription": of["id"]},
            "type": "subscription_details",
        },
        "period_start": before[0],
        "period_end": before[1],
        "status": "open",
        "status_transitions": {"finalized_at": at, "paid_at": None},
        "total": amount,
        "_intent": None,
    }


def _invoice_line(of: Row, item: Row, amount: int) -> Row:
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": of["currency"],
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {"subscription": of["id"], "subscription_item": item["id"]},
            "type": "subscription_item_details",
        },
        "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
    }


def invoice_payment(*, of: Row, intent: str, at: int) -> Row:
    return {
        **_begun(new_id("inpay"), "invoice_payment", at),
        "amount_paid": None,
        "amount_requested": of["amount_due"],
        "currency": of["currency"],
        "invoice": of["id"],
        "is_default": True,
        "payment": {"payment_intent": intent, "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"paid_at": None},
    }


def portal(given: Row, *, at: int, base: str) -> Row:
    id_ = new_id("bps")
    return {
        **_begun(id_, "billing_portal.session", at),
        "customer": given["customer"],
        "locale": given.get("locale"),
        "return_url": given.get("return_url"),
        "url": f"{base}/p/session/{id_}",
    }


def _begun(id_: str, kind: str, at: int) -> Row:
    return {"id": id_, "object": kind, "created": at, "livemode": False}


def _list(data: list[Row], url: str) -> Row:
    return {"object": "list", "data": data, "has_more": False, "url": url}

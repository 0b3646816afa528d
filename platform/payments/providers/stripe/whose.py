"""Which payment of ours something at Stripe belongs to.

Our reference is written on the session, the payment intent and the subscription. Stripe does not copy it to what a
subscription charges; there the invoice leads back. The charge of a further period is known by its invoice.
"""

from payments.models import Payment
from payments.providers.stripe.client import Row, api, ask, ask_if_known, every

NAME = "payment"
FIRST, FURTHER = "subscription_create", "subscription_cycle"
FROM_INVOICE = "in_"


def marks(payment: Payment) -> dict[str, str]:
    """What is written on everything that is made for this payment."""
    return {NAME: payment.reference, "order": str(payment.order.number)}


def reference_of(thing: Row) -> str:
    """What we wrote on it; empty when we did not make it."""
    return str((thing.get("metadata") or {}).get(NAME, ""))


def reference_of_invoice(invoice: Row) -> str:
    """Empty when it is not ours, or neither the first nor a further period of what was bought."""
    known = reference_of(_details(invoice))
    if not known or invoice["billing_reason"] not in (FIRST, FURTHER):
        return ""
    return known if invoice["billing_reason"] == FIRST else str(invoice["id"])


def subscription_of(invoice: Row) -> str:
    return str(_details(invoice).get("subscription") or "")


def reference_of_intent(intent_id: str) -> str:
    return reference_of(intent(intent_id)) or _reference_through_invoice(intent_id)


def _reference_through_invoice(intent_id: str) -> str:
    wanted = {"payment": {"type": "payment_intent", "payment_intent": intent_id}, "expand": ["data.invoice"]}
    found = every(api().invoice_payments.list, wanted)
    return reference_of_invoice(found[0]["invoice"]) if found else ""


def is_further(payment: Payment) -> bool:
    """Whether a subscription charged it, without the buyer."""
    return payment.reference.startswith(FROM_INVOICE)


def session_of(payment: Payment) -> Row | None:
    """The buyer's visit to the till, with what was paid in it."""
    if not payment.provider_reference or is_further(payment):
        return None
    return session(payment.provider_reference)


def session(session_id: str) -> Row | None:
    expand = {"expand": ["payment_intent.latest_charge.balance_transaction", "invoice"]}
    return ask_if_known(api().checkout.sessions.retrieve, session_id, expand)


def invoice_of(payment: Payment) -> Row | None:
    """Of the period it paid, when a subscription charged it."""
    if is_further(payment):
        return ask_if_known(api().invoices.retrieve, payment.reference)
    begun = session_of(payment)
    invoice: Row | None = begun["invoice"] if begun else None
    return invoice


def intent(intent_id: str) -> Row:
    """With the charge that took the money, or the last that was refused."""
    return ask(api().payment_intents.retrieve, intent_id, {"expand": ["latest_charge"]})


def intent_of(payment: Payment) -> str:
    """What took the money; empty while nothing has."""
    if is_further(payment):
        return intent_of_invoice(payment.reference)
    begun = session_of(payment)
    return intent_in(begun) if begun else ""


def intent_in(session: Row) -> str:
    if session["payment_intent"]:
        return str(session["payment_intent"]["id"])
    return intent_of_invoice(session["invoice"]["id"]) if session["invoice"] else ""


def intent_of_invoice(invoice_id: str) -> str:
    parts = every(api().invoice_payments.list, {"invoice": invoice_id})
    return next((str(one["payment"]["payment_intent"]) for one in parts if one["payment"].get("payment_intent")), "")


def _details(invoice: Row) -> Row:
    return (invoice.get("parent") or {}).get("subscription_details") or {}

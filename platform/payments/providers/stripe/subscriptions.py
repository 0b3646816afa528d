"""What a buyer does with a subscription that runs."""

from payments.models import Payment
from payments.providers.stripe import whose
from payments.providers.stripe.client import Row, api, ask, ask_if_known


def portal(*, reference: str, come_back: str) -> str:
    """Stripe's own page for the card and the bills. The owner saves its settings at Stripe once; until then it refuses."""
    customer = ask(api().subscriptions.retrieve, reference)["customer"]
    made = ask(api().billing_portal.sessions.create, {"customer": customer, "return_url": come_back})
    return str(made["url"])


def cancel_at_end(*, reference: str) -> None:
    sub = ask(api().subscriptions.retrieve, reference)
    if not _is_ending(sub):
        ask(api().subscriptions.update, reference, {"cancel_at_period_end": True})


def resume(*, reference: str) -> None:
    """Stripe's portal ends a subscription by a date, its API by a flag: each is taken back by its own name."""
    sub = ask(api().subscriptions.retrieve, reference)
    if sub["cancel_at_period_end"]:
        ask(api().subscriptions.update, reference, {"cancel_at_period_end": False})
    elif sub["cancel_at"]:
        ask(api().subscriptions.update, reference, {"cancel_at": ""})


def end_with(*, payment: Payment) -> None:
    """At once, when `payment` paid the period that runs; one that is over already stays so."""
    invoice = whose.invoice_of(payment)
    if invoice is None:
        return
    sub = ask_if_known(api().subscriptions.retrieve, whose.subscription_of(invoice))
    if sub and sub["status"] != "canceled" and sub["latest_invoice"] == invoice["id"]:
        ask_if_known(api().subscriptions.cancel, sub["id"])


def _is_ending(sub: Row) -> bool:
    return bool(sub["cancel_at_period_end"] or sub["cancel_at"] or sub["status"] == "canceled")

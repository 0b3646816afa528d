"""Give money back."""

from payments.errors import ProviderRefused
from payments.models import Payment, Refund
from payments.providers.base import Notice
from payments.providers.stripe import facts, subscriptions, whose
from payments.providers.stripe.client import Row, api, ask


def send(*, refund: Refund) -> list[Notice]:
    """Ask once, however often it is asked for: Stripe forgets an idempotency key after a day, its list of refunds never.

    Before the last of the money goes back the subscription ends: nobody shall be charged again for what was taken back.
    """
    payment = refund.payment
    intent_id = whose.intent_of(payment)
    if not intent_id:
        raise ProviderRefused
    if payment.order.renews and _takes_back(refund):
        subscriptions.end_with(payment=payment)
    known = [one for one in facts.refunds_of(intent_id) if _is_it(one, refund)]
    made = known[0] if known else _make(refund, intent_id)
    notice = facts.of_refund(made, payment.reference)
    return [notice] if notice else []


def _is_it(row: Row, refund: Refund) -> bool:
    return facts.refund_reference(row) == refund.reference


def _make(refund: Refund, intent_id: str) -> Row:
    params = {
        "payment_intent": intent_id,
        "amount": refund.amount,
        "reason": "requested_by_customer",
        "metadata": {**whose.marks(refund.payment), "refund": refund.reference},
        "expand": ["balance_transaction"],
    }
    return ask(api().refunds.create, params, {"idempotency_key": refund.reference})


def _takes_back(refund: Refund) -> bool:
    payment = refund.payment
    is_all = payment.refunded + refund.amount >= payment.amount
    return refund.is_final or is_all or payment.state == Payment.State.RETURNED

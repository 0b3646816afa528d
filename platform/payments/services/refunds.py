"""Give money back."""

import uuid
from functools import partial

from django.db import transaction

from payments.errors import NothingToRefund, ProviderUnreachable, RefundTooLarge, RefundWindowOver
from payments.models import Order, Payment, Refund
from payments.providers import provider
from payments.tasks import send_refund as send_later


@transaction.atomic
def refund(*, order: Order, amount: int | None = None, reason: str = "", reference: str = "") -> Refund:
    """Give back `amount` (minor units), or all that is left; the same `reference` again gives back only once.

    The provider is asked after the commit, and again by the worker while it does not answer. The order changes when
    the provider says that the money has gone. Raises `NothingToRefund`, `RefundTooLarge`.
    """
    Order.objects.select_for_update().get(pk=order.pk)
    made = Refund.objects.filter(reference=reference, payment__order=order).first() if reference else None
    if made:
        return made
    payment = order.payments.filter(state=Payment.State.SUCCEEDED).first()
    left = payment.refundable if payment else 0
    if payment is None or not left:
        raise NothingToRefund
    amount = left if amount is None else amount
    if not 0 < amount <= left:
        raise RefundTooLarge
    made = Refund.objects.create(
        payment=payment, reference=reference or uuid.uuid4().hex, amount=amount, reason=reason[:200]
    )
    transaction.on_commit(partial(_try_now, made))
    return made


def refund_by_buyer(*, order: Order, reason: str = "") -> Refund:
    """All that is left, within the window. Raises `RefundWindowOver` and what `refund` raises."""
    if not order.is_paid:
        raise NothingToRefund
    if not order.is_refundable_by_buyer:
        raise RefundWindowOver
    return refund(order=order, reason=reason)


def send_refund(*, refund: Refund) -> None:
    """Ask the provider, unless it is done. Raises `ProviderUnreachable`."""
    refund.refresh_from_db()
    if refund.state == Refund.State.PENDING:
        provider(refund.payment.provider).refund(refund=refund)


def _try_now(made: Refund) -> None:
    try:
        send_refund(refund=made)
    except ProviderUnreachable:
        send_later.enqueue(made.pk)

"""Give money back."""

import uuid
from functools import partial

from django.db import transaction

from accounts.models import User
from payments import goods as shop
from payments.errors import (
    NothingToRefund,
    ProviderRefused,
    ProviderUnreachable,
    RefundKept,
    RefundTooLarge,
    RefundWindowOver,
)
from payments.models import Order, Payment, Refund
from payments.providers import provider
from payments.providers.base import Kind, Notice
from payments.services.notices import accept
from payments.tasks import send_refund as send_later


@transaction.atomic
def refund(
    *,
    order: Order,
    amount: int | None = None,
    reason: str = "",
    reference: str = "",
    is_final: bool = False,
    by: User | None = None,
) -> Refund:
    """Give back `amount` (minor units), or all that is left; the same `reference` again gives back only once.

    What was bought is taken back with the last of the money, or at once when `is_final`. The provider is asked after the
    commit, and again by the worker while it does not answer. The order changes when the provider says that the money has
    gone. Raises `NothingToRefund`, `RefundTooLarge`.
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
    facts = {"amount": amount, "reason": reason[:200], "is_final": is_final, "by": by}
    made = Refund.objects.create(payment=payment, reference=reference or uuid.uuid4().hex, **facts)
    transaction.on_commit(partial(_try_now, made))
    return made


@transaction.atomic
def refund_by_buyer(*, order: Order, reason: str = "") -> Refund:
    """What is left less the fee agreed on when it was bought, within the window; what was bought is taken back.

    Raises `RefundWindowOver`, `RefundKept` and what `refund` raises.
    """
    order = Order.objects.select_for_update(of=("self",)).select_related("person").get(pk=order.pk)
    if not order.is_paid:
        raise NothingToRefund
    if not order.is_refundable_by_buyer:
        raise RefundWindowOver
    kept = shop.why_kept(name=order.goods, source=order.source)
    if kept:
        raise RefundKept(kept)
    return refund(order=order, amount=refund_due(order=order), reason=reason, is_final=True, by=order.person)


def refund_due(*, order: Order) -> int:
    """What a buyer who gives it back now would receive, in minor units. Raises `NothingToRefund`."""
    payment = order.payments.filter(state=Payment.State.SUCCEEDED).first()
    left = payment.refundable if payment else 0
    due = left - order.amount * order.refund_fee // 100
    if due <= 0:
        raise NothingToRefund
    return due


def send_refund(*, refund: Refund) -> None:
    """Ask the provider, unless it is done. A clear no ends the attempt. Raises `ProviderUnreachable`."""
    refund = Refund.objects.select_related("payment__order").get(pk=refund.pk)
    if refund.state != Refund.State.PENDING:
        return
    payment = refund.payment
    try:
        notices = provider(payment.provider).refund(refund=refund)
    except ProviderRefused as refusal:
        notices = [_failed(refund, refusal.reason)]
    for notice in notices:
        accept(provider=payment.provider, notice=notice)


def _failed(refund: Refund, reason: str) -> Notice:
    payment = refund.payment
    key = f"refund_failed:{refund.reference}"
    return Notice(key, Kind.REFUND_FAILED, payment.reference, refund.amount, payment.currency, refund.reference, reason)


def _try_now(made: Refund) -> None:
    try:
        send_refund(refund=made)
    except ProviderUnreachable:
        send_later.enqueue(made.pk)

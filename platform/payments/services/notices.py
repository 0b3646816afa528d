"""The one way in for what providers say: verify, inbox, lock, state, ledger, goods, in one transaction."""

import uuid
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from payments import goods as shop
from payments import ledger
from payments.errors import UnknownPayment, WrongAmount
from payments.models import Order, Payment, Refund, WebhookEvent
from payments.providers import provider as find_provider
from payments.providers.base import Kind, Notice
from payments.tasks import send_refund


def receive_webhook(*, provider: str, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
    """Raises a kind of `WebhookRefused`, or `NoWayToPay`; then nothing has changed."""
    notice = find_provider(provider).read_notice(headers=headers, body=body)
    return accept(provider=provider, notice=notice)


@transaction.atomic
def accept(*, provider: str, notice: Notice) -> WebhookEvent:
    """Let a believed notice take effect; once, however often it comes and by whichever way."""
    facts = {"kind": notice.kind.value, "payload": notice.payload}
    event, _is_new = WebhookEvent.objects.get_or_create(provider=provider, event_id=notice.event_id, defaults=facts)
    if event.handled_at:
        return event
    payment = _locked_payment(provider, notice)
    event.outcome = EFFECTS[notice.kind](payment, notice)
    event.handled_at = timezone.now()
    event.save(update_fields=["outcome", "handled_at"])
    return event


def _locked_payment(provider: str, notice: Notice) -> Payment:
    known = Payment.objects.filter(provider=provider, reference=notice.reference).first()
    if known is None:
        raise UnknownPayment
    order = Order.objects.select_for_update().select_related("person").get(pk=known.order_id)
    payment = Payment.objects.get(pk=known.pk)  # again: someone may have held the order before us
    payment.order = order
    _check_amount(payment, notice)
    return payment


def _check_amount(payment: Payment, notice: Notice) -> None:
    is_refund = notice.kind is Kind.REFUNDED
    fits = 0 < notice.amount <= payment.amount if is_refund else notice.amount == payment.amount
    if notice.currency != payment.currency or not fits:
        raise WrongAmount


def _paid(payment: Payment, notice: Notice) -> str:
    if payment.has_money:
        return "known"
    if not payment.order.is_pending:
        return _return(payment)
    _state(payment, Payment.State.SUCCEEDED)
    order = payment.order
    order.state, order.paid_at = Order.State.PAID, timezone.now()
    order.save(update_fields=["state", "paid_at"])
    _book_payment(payment, credit=f"sales:{order.kind}")
    shop.find(order.goods)[0].deliver(order=order)
    return "delivered"


def _return(payment: Payment) -> str:
    """The money came too late or twice: keep nothing of it."""
    _state(payment, Payment.State.RETURNED)
    _book_payment(payment, credit="owed:buyers")
    reason = _("订单已经关闭或付过，自动退回")
    refund = Refund.objects.create(payment=payment, reference=uuid.uuid4().hex, amount=payment.amount, reason=reason)
    send_refund.enqueue(refund.pk)
    return "returned"


def _declined(payment: Payment, notice: Notice) -> str:
    if payment.state != Payment.State.OPEN:
        return "known"
    payment.reason = notice.reason[:200]
    _state(payment, Payment.State.DECLINED)
    return "declined"


def _refunded(payment: Payment, notice: Notice) -> str:
    if not payment.has_money:
        _paid(payment, notice)  # what was given back had been paid: its own notice is late
    refund = _refund_row(payment, notice)
    if refund.state == Refund.State.SUCCEEDED:
        return "known"
    refund.state = Refund.State.SUCCEEDED
    refund.save(update_fields=["state"])
    _book_refund(payment, refund)
    if payment.state == Payment.State.SUCCEEDED:
        _take_back(payment)
    return "refunded"


def _refund_row(payment: Payment, notice: Notice) -> Refund:
    """Ours, or one that someone made at the provider's own desk."""
    known = Refund.objects.filter(reference=notice.refund_reference).first()
    if known and (known.payment_id, known.amount) != (payment.pk, notice.amount):
        raise WrongAmount
    if known is None and notice.amount > payment.refundable:
        raise WrongAmount
    return known or Refund.objects.create(
        payment=payment, reference=notice.refund_reference, amount=notice.amount, reason=notice.reason[:200]
    )


def _take_back(payment: Payment) -> None:
    order = payment.order
    is_whole = payment.refunded >= payment.amount
    order.state = Order.State.REFUNDED if is_whole else Order.State.PART_REFUNDED
    order.save(update_fields=["state"])
    if is_whole:
        shop.find(order.goods)[0].withdraw(order=order)


def _state(payment: Payment, state: Payment.State) -> None:
    payment.state = state
    payment.save(update_fields=["state", "reason"])


def _book_payment(payment: Payment, *, credit: str) -> None:
    key, held = f"payment:{payment.provider}:{payment.reference}", f"provider:{payment.provider}"
    ledger.book(key=key, order=payment.order, debit=held, credit=credit, amount=payment.amount)


def _book_refund(payment: Payment, refund: Refund) -> None:
    is_sale = payment.state == Payment.State.SUCCEEDED
    debit = f"sales:{payment.order.kind}" if is_sale else "owed:buyers"
    key, held = f"refund:{payment.provider}:{refund.reference}", f"provider:{payment.provider}"
    ledger.book(key=key, order=payment.order, debit=debit, credit=held, amount=refund.amount)


EFFECTS = {Kind.PAID: _paid, Kind.DECLINED: _declined, Kind.REFUNDED: _refunded}

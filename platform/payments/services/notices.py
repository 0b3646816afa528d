"""What becomes of a believed notice: inbox, lock, state, ledger, goods, in one transaction."""

import uuid
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from notify.models import Kind as MessageKind
from notify.services import tell
from payments import goods as shop
from payments import ledger
from payments.errors import NotForSale, UnknownPayment, WrongAmount
from payments.models import Order, Payment, Refund, Subscription, WebhookEvent
from payments.providers.base import Kind, Notice
from payments.services.stock import give_stock_back
from payments.services.subscriptions import follow, next_payment
from payments.tasks import send_refund, stop_subscription


@transaction.atomic
def accept(*, provider: str, notice: Notice) -> WebhookEvent:
    """Let a believed notice take effect; once, however often it comes and by whichever way."""
    event = _in_the_inbox(provider, notice)
    if event.handled_at:
        return event
    if notice.kind is Kind.SUBSCRIPTION:
        event.outcome = follow(provider=provider, notice=notice)
    else:
        event.outcome = EFFECTS[notice.kind](_locked_payment(provider, notice), notice)
    event.handled_at = timezone.now()
    event.save(update_fields=["outcome", "handled_at"])
    return event


def _in_the_inbox(provider: str, notice: Notice) -> WebhookEvent:
    """Its row, locked: of many who bring the same news at once, one at a time."""
    WebhookEvent.objects.bulk_create([row(provider, notice)], ignore_conflicts=True)
    return WebhookEvent.objects.select_for_update().get(provider=provider, event_id=notice.event_id)


def row(provider: str, notice: Notice) -> WebhookEvent:
    """As it stands in the inbox; not saved."""
    facts = {"kind": notice.kind.value, "payload": notice.payload, "notice": notice.facts()}
    return WebhookEvent(provider=provider, event_id=notice.event_id, **facts)


def _locked_payment(provider: str, notice: Notice) -> Payment:
    if notice.kind is Kind.RENEWED:
        next_payment(provider=provider, notice=notice)
    asked = {"provider": provider, "reference": notice.reference}
    buyer = {f"orders__payments__{name}": value for name, value in asked.items()}
    # the person before the order, as whoever places one: no deadlock
    if User.objects.select_for_update(of=("self",)).only("pk").filter(**buyer).first() is None:
        raise UnknownPayment
    locked = Payment.objects.select_for_update(of=("self", "order")).select_related("order__person")
    payment = locked.get(**asked)
    _check_amount(payment, notice)
    return payment


WHOLE = {Kind.PAID, Kind.RENEWED, Kind.DECLINED}


def _check_amount(payment: Payment, notice: Notice) -> None:
    fits = notice.amount == payment.amount if notice.kind in WHOLE else 0 < notice.amount <= payment.amount
    if notice.currency != payment.currency or not fits:
        raise WrongAmount


def _paid(payment: Payment, notice: Notice) -> str:
    if payment.has_money:
        return "known"
    payment.paid_at = notice.at or timezone.now()
    if not payment.order.is_pending:
        return _return(payment, _("订单已经关闭或付过，自动退回"))
    try:
        with transaction.atomic():
            return _deliver(payment, notice)
    except NotForSale as refusal:
        payment.refresh_from_db(fields=["state"])
        payment.order.refresh_from_db()
        return _return(payment, str(refusal))


def _deliver(payment: Payment, notice: Notice) -> str:
    _state(payment, Payment.State.SUCCEEDED)
    order = payment.order
    order.state, order.paid_at = Order.State.PAID, timezone.now()
    if notice.subscription and order.renews:
        order.subscription = _subscription(payment, notice)
    order.save(update_fields=["state", "paid_at", "subscription"])
    _book_payment(payment, credit=f"sales:{order.kind}")
    shop.deliver(shop.Delivery(order.person, order.goods, order.source, order.title, order.memo))
    tell(
        person=order.person,
        key=f"paid:{payment.reference}",
        template="payments/mail/paid.txt",
        url=order.get_absolute_url(),
        order=order,
        where=shop.where(order.goods),
        kind=MessageKind.MONEY,
    )
    return "delivered"


def _subscription(payment: Payment, notice: Notice) -> Subscription:
    order = payment.order
    facts = {"person": order.person, "goods": order.goods, "title": order.title}
    facts |= {"period_ends_at": notice.period_ends_at}
    made, _is_new = Subscription.objects.get_or_create(
        provider=payment.provider, reference=notice.subscription, defaults=facts
    )
    return made


def _return(payment: Payment, reason: str) -> str:
    """The money came too late or twice, or for what cannot be given any more: keep nothing of it."""
    _state(payment, Payment.State.RETURNED)
    _book_payment(payment, credit="owed:buyers")
    refund = Refund.objects.create(
        payment=payment, reference=uuid.uuid4().hex, amount=payment.amount, reason=reason[:200]
    )
    tell(
        person=payment.order.person,
        key=f"returned:{payment.reference}",
        template="payments/mail/returned.txt",
        url=payment.order.get_absolute_url(),
        order=payment.order,
        reason=reason,
        kind=MessageKind.MONEY,
    )
    send_refund.enqueue(refund.pk)  # a row of the same transaction
    return "returned"


def _declined(payment: Payment, notice: Notice) -> str:
    if payment.state != Payment.State.OPEN:
        return "known"
    payment.reason = notice.reason[:200]
    _state(payment, Payment.State.DECLINED)
    return "declined"


def _refunded(payment: Payment, notice: Notice) -> str:
    if not payment.has_money:
        _paid(payment, _as_paid(payment, notice))  # what was given back had been paid: its own notice is late
    refund = _refund_row(payment, notice)
    if refund.state == Refund.State.SUCCEEDED:
        return "known"
    refund.state, refund.done_at = Refund.State.SUCCEEDED, notice.at or timezone.now()
    refund.save(update_fields=["state", "done_at"])
    _book_refund(payment, refund)
    if payment.state == Payment.State.SUCCEEDED:
        _take_back(payment)
    tell(
        person=payment.order.person,
        key=f"refunded:{refund.reference}",
        template="payments/mail/refunded.txt",
        url=payment.order.get_absolute_url(),
        order=payment.order,
        refund=refund,
        kind=MessageKind.MONEY,
    )
    return "refunded"


def _as_paid(payment: Payment, notice: Notice) -> Notice:
    return replace(notice, kind=Kind.PAID, amount=payment.amount, refund_reference="", reason="", at=None)


def _refund_row(payment: Payment, notice: Notice) -> Refund:
    """Ours, or one that someone made at the provider's own desk."""
    known = Refund.objects.filter(reference=notice.refund_reference).first()
    if known and (known.payment_id, known.amount) != (payment.pk, notice.amount):
        raise WrongAmount
    room = payment.refundable + (known.amount if known and known.state == Refund.State.PENDING else 0)
    if notice.amount > room and (known is None or known.state == Refund.State.FAILED):
        raise WrongAmount
    return known or Refund.objects.create(
        payment=payment, reference=notice.refund_reference, amount=notice.amount, reason=notice.reason[:200]
    )


def _refund_failed(payment: Payment, notice: Notice) -> str:
    """Only one still under way fails; what the provider takes back after that is found by reconciliation."""
    refund = Refund.objects.filter(reference=notice.refund_reference, payment=payment).first()
    if refund is None or refund.state != Refund.State.PENDING:
        return "known"
    refund.state = Refund.State.FAILED
    refund.reason = f"{refund.reason} {notice.reason}".strip()[:200]
    refund.save(update_fields=["state", "reason"])
    return "refund failed"


def _disputed(payment: Payment, notice: Notice) -> str:
    if payment.dispute:
        return "known"
    return _dispute(payment, Payment.Dispute.OPEN)


def _dispute_won(payment: Payment, notice: Notice) -> str:
    return "known" if payment.dispute == Payment.Dispute.LOST else _dispute(payment, Payment.Dispute.WON)


def _dispute_lost(payment: Payment, notice: Notice) -> str:
    _dispute(payment, Payment.Dispute.LOST)
    return _refunded(payment, notice)


def _dispute(payment: Payment, state: Payment.Dispute) -> str:
    payment.dispute = state
    payment.save(update_fields=["dispute"])
    return f"dispute {state}"


def _take_back(payment: Payment) -> None:
    order = payment.order
    is_whole = payment.refunded >= payment.amount or payment.refunds.done().filter(is_final=True).exists()
    order.state = Order.State.REFUNDED if is_whole else Order.State.PART_REFUNDED
    order.save(update_fields=["state"])
    if is_whole:
        shop.withdraw(name=order.goods, source=order.source)
        give_stock_back(order)
        if order.subscription_id:
            stop_subscription.enqueue(order.subscription_id)


def _state(payment: Payment, state: Payment.State) -> None:
    payment.state = state
    payment.save(update_fields=["state", "reason", "paid_at"])


def _book_payment(payment: Payment, *, credit: str) -> None:
    key, held = f"payment:{payment.provider}:{payment.reference}", f"provider:{payment.provider}"
    ledger.book(key=key, order=payment.order, debit=held, credit=credit, amount=payment.amount)


def _book_refund(payment: Payment, refund: Refund) -> None:
    is_sale = payment.state == Payment.State.SUCCEEDED
    debit = f"sales:{payment.order.kind}" if is_sale else "owed:buyers"
    key, held = f"refund:{payment.provider}:{refund.reference}", f"provider:{payment.provider}"
    ledger.book(key=key, order=payment.order, debit=debit, credit=held, amount=refund.amount)


EFFECTS = {
    Kind.PAID: _paid,
    Kind.RENEWED: _paid,
    Kind.DECLINED: _declined,
    Kind.REFUNDED: _refunded,
    Kind.REFUND_FAILED: _refund_failed,
    Kind.DISPUTED: _disputed,
    Kind.DISPUTE_WON: _dispute_won,
    Kind.DISPUTE_LOST: _dispute_lost,
}

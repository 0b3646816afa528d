"""Buying and giving back without a browser: the provider's word is believed at once, and its books are not kept."""

from django.utils import timezone

from payments import services
from payments.models import Order, Payment, Refund
from payments.providers.base import Kind, Notice
from payments.services.paying import _open_payment


def place(person, goods):
    return services.place_order(person=person, goods=str(goods))


def pay(order):
    """The notice that `order` is paid arrives; what became of the order."""
    payment = _open_payment(order)
    services.accept(provider="sandbox", notice=_paid(payment))
    return again(order)


def buy(person, goods):
    return pay(place(person, goods))


def give_back(order, amount=None):
    """An operator gives back `amount`, or all that is left, and the provider has done it."""
    return _done(services.refund(order=order, amount=amount))


def ask_back(order):
    """The buyer asks for the money back, and the provider has given it."""
    return _done(services.refund_by_buyer(order=order))


def again(order):
    return Order.objects.select_related("person").get(pk=order.pk)


def is_returned(order):
    """Whether the money that came last went back by itself; before that the order may have waited for better times."""
    return order.payments.latest("pk").state == Payment.State.RETURNED


def why_returned(order):
    return Refund.objects.get(payment__order=order).reason


def _paid(payment):
    now = timezone.now()
    key = f"paid:{payment.reference}"
    return Notice(key, Kind.PAID, payment.reference, payment.amount, payment.currency, at=now)


def _done(refund):
    payment, reference = refund.payment, refund.reference
    facts = (f"refunded:{reference}", Kind.REFUNDED, payment.reference, refund.amount, payment.currency, reference)
    services.accept(provider="sandbox", notice=Notice(*facts, at=timezone.now()))
    return again(payment.order)

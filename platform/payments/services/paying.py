"""Send a buyer to the till, and ask the till what became of them."""

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from payments.errors import AttemptOver, NotPayable
from payments.models import Order, Payment
from payments.providers import provider
from payments.providers.base import Step, Visit
from payments.services.notices import accept


def start_payment(*, order: Order, visit: Visit) -> Step:
    """What the buyer does next. An attempt still open is taken up again, where the provider allows that.

    Raises `NotPayable`, `ProviderUnreachable`, `ProviderRefused`.
    """
    till, payment = provider(order.provider), _open_payment(order)
    try:
        return till.start(payment=payment, visit=visit)
    except AttemptOver:
        _give_up(payment)
        return till.start(payment=_open_payment(order), visit=visit)


def refresh(*, order: Order) -> Order:
    """Ask the provider about every attempt, as if its notices had arrived. Raises `ProviderUnreachable`."""
    for payment in order.payments.select_related("order").order_by("pk"):
        for notice in provider(payment.provider).look_up(payment=payment):
            accept(provider=payment.provider, notice=notice)
    order.refresh_from_db()
    return order


def _give_up(payment: Payment) -> None:
    """Unless it has been paid meanwhile."""
    facts = {"state": Payment.State.DECLINED, "reason": _("换了一种方式付款")}
    Payment.objects.filter(pk=payment.pk, state=Payment.State.OPEN).update(**facts)


@transaction.atomic
def _open_payment(order: Order) -> Payment:
    order = Order.objects.select_for_update().get(pk=order.pk)
    if not order.is_pending:
        raise NotPayable
    facts = {"provider": order.provider, "amount": order.amount, "currency": order.currency}
    begun = order.payments.filter(state=Payment.State.OPEN, **facts).first()
    return begun or Payment.objects.create(order=order, reference=uuid.uuid4().hex, **facts)

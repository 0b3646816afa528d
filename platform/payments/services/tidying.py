"""What nobody told us, and what was told and left: the sweeper asks about open orders, reminds of them, closes those
whose time is over, and lets stored notices take effect whose process was stopped."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from notify.models import Kind
from notify.services import tell
from payments.errors import NotClosable, NoWayToPay, PaymentRefused, ProviderUnreachable
from payments.models import Order, Refund, Subscription
from payments.services.inbox import take_up_all
from payments.services.orders import close_order
from payments.services.paying import refresh
from payments.services.refunds import send_refund

QUIET = timedelta(minutes=1)
"""As long the provider's own notice is given to arrive."""
LATE = timedelta(minutes=15)
"""As long after its time money for a closed order is looked for. A notice is heard whenever it comes; reconciliation
finds what nobody told."""


def sweep() -> dict[str, int]:
    """Look after every open order once: how many were `asked` about, `closed`, `reminded` of, and refunds `sent` again;
    and how many stored notices, whose process was stopped, were `heard`.

    A provider that does not answer holds up its own orders only.
    """
    done = {"heard": 0, "asked": 0, "closed": 0, "reminded": 0, "sent": 0}
    now = timezone.now()
    for order in Order.objects.pending().filter(created_at__lte=now - QUIET).select_related("person").order_by("pk"):
        done[_look_after(order)] += 1
    for order in Order.objects.maybe_paid_late(since=now - LATE):
        done["asked"] += _ask(order)
    for subscription in Subscription.objects.alive().filter(period_ends_at__lte=now):
        done["asked"] += _ask_first(subscription)
    for refund in Refund.objects.filter(state=Refund.State.PENDING, created_at__lte=now - QUIET):
        done["sent"] += _send(refund)
    done["heard"] = take_up_all(until=now - QUIET)
    return done


def _look_after(order: Order) -> str:
    is_over = order.closes_at is not None and order.closes_at <= timezone.now()
    try:
        if is_over:
            close_order(order=order)
            return "closed"
        if order.payments.exists():
            refresh(order=order)
    except (ProviderUnreachable, NotClosable, NoWayToPay):
        return "asked"
    return "reminded" if order.is_pending and remind(order=order) else "asked"


@transaction.atomic
def remind(*, order: Order) -> bool:
    """Once, when half of the time to pay is over; an order without a time to pay is left alone."""
    order = Order.objects.select_for_update(of=("self",)).select_related("person").get(pk=order.pk)
    if order.reminded_at or not order.is_pending or order.closes_at is None:
        return False
    if timezone.now() < order.created_at + (order.closes_at - order.created_at) / 2:
        return False
    order.reminded_at = timezone.now()
    order.save(update_fields=["reminded_at"])
    tell(
        person=order.person,
        key=f"unpaid:{order.number}",
        template="payments/mail/unpaid.txt",
        kind=Kind.MEMBERSHIP,
        urgent=True,  # the order is closed soon
        url=order.get_absolute_url(),
        order=order,
    )
    return True


def _ask(order: Order) -> bool:
    try:
        refresh(order=order)
    except PaymentRefused:
        return False
    return True


def _ask_first(subscription: Subscription) -> bool:
    """A renewal whose notice was lost is known to the provider by the first order."""
    first = subscription.orders.order_by("pk").first()
    return first is not None and _ask(first)


def _send(refund: Refund) -> bool:
    try:
        send_refund(refund=refund)
    except (ProviderUnreachable, NoWayToPay):
        return False
    return True

"""Place and close an order."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from payments import goods as shop
from payments import providers
from payments.errors import NotClosable, SoldOut
from payments.models import Order, Payment, Stock
from payments.services.paying import refresh
from payments.services.stock import give_stock_back


@transaction.atomic
def place_order(
    *, person: User, goods: str, provider: str | None = None, renews: bool = False, return_to: str = ""
) -> Order:
    """Freeze today's price, terms and refund rule in an order.

    A pending order of the same goods on the same terms is used again; otherwise it is closed. `renews` lets the provider
    charge each further period, where it can. Raises `NotForSale`, `SoldOut`, `NoWayToPay`.
    """
    User.objects.select_for_update().get(pk=person.pk)  # two clicks at once must find one another's order
    facts = _facts(person, goods, provider or providers.default(), renews)
    pending = Order.objects.of(person).pending().select_for_update().filter(goods=goods).first()
    if pending and all(getattr(pending, name) == fact for name, fact in facts.items()):
        return _returning(pending, return_to)
    if pending:
        _close(pending)
    if not Stock.objects.take(goods):
        raise SoldOut
    closes_at = timezone.now() + timedelta(minutes=settings.ORDER_MINUTES)
    return Order.objects.create(
        person=person, goods=goods, return_to=return_to, closes_at=closes_at, holds_stock=True, **facts
    )


def close_order(*, order: Order) -> Order:
    """Give up a pending order, unless it turns out to be paid. Raises `NotClosable`, `ProviderUnreachable`.

    The provider is asked to take no money for it any more; what comes all the same is given back.
    """
    refresh(order=order)
    if order.is_pending:
        for payment in order.payments.filter(state=Payment.State.OPEN):
            providers.provider(payment.provider).close(payment=payment)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.state == Order.State.CLOSED:
            return order
        if not order.is_pending:
            raise NotClosable
        return _close(order)


def _facts(person: User, goods: str, provider: str, renews: bool) -> dict[str, Any]:
    quote = shop.quote(person=person, name=goods)
    if sum(line["amount"] for line in quote.breakdown) != quote.amount:
        raise ValueError(f"The lines of {goods} do not add up to its price")
    can_renew = providers.provider(provider).renews and bool(quote.every)
    return {
        **asdict(quote),
        "terms": [str(term) for term in quote.terms],
        "provider": provider,
        "renews": renews and can_renew,
        "refund_days": settings.REFUND_WINDOW_DAYS,
        "refund_fee": settings.REFUND_FEE_PERCENT,
    }


def _returning(order: Order, return_to: str) -> Order:
    if return_to and order.return_to != return_to:
        order.return_to = return_to
        order.save(update_fields=["return_to"])
    return order


def _close(order: Order) -> Order:
    """Only while the order is locked and pending."""
    order.state = Order.State.CLOSED
    order.save(update_fields=["state"])
    give_stock_back(order)
    return order

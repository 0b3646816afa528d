"""Place and close an order."""

from dataclasses import asdict

from django.db import transaction

from accounts.models import User
from payments import goods as shop
from payments import providers
from payments.errors import NotClosable
from payments.models import Order
from payments.services.paying import refresh


@transaction.atomic
def place_order(*, person: User, goods: str, provider: str | None = None, return_to: str = "") -> Order:
    """Freeze today's price in an order. A pending order of the same goods at the same price is used again; at another
    price it is closed. Raises `NotForSale`, `NoWayToPay`."""
    User.objects.select_for_update().get(pk=person.pk)  # two clicks at once must find one another's order
    quote = shop.quote(person=person, name=goods)
    if sum(line["amount"] for line in quote.breakdown) != quote.amount:
        raise ValueError(f"The lines of {goods} do not add up to its price")
    facts = {**asdict(quote), "provider": provider or providers.default()}
    providers.provider(facts["provider"])
    pending = Order.objects.of(person).pending().select_for_update().filter(goods=goods).first()
    if pending and all(getattr(pending, name) == fact for name, fact in facts.items()):
        return _returning(pending, return_to)
    if pending:
        _close(pending)
    return Order.objects.create(person=person, goods=goods, return_to=return_to, **facts)


def close_order(*, order: Order) -> Order:
    """Give up a pending order, unless it turns out to be paid. Raises `NotClosable`, `ProviderUnreachable`."""
    refresh(order=order)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.state == Order.State.CLOSED:
            return order
        if not order.is_pending:
            raise NotClosable
        return _close(order)


def _returning(order: Order, return_to: str) -> Order:
    if return_to and order.return_to != return_to:
        order.return_to = return_to
        order.save(update_fields=["return_to"])
    return order


def _close(order: Order) -> Order:
    order.state = Order.State.CLOSED
    order.save(update_fields=["state"])
    return order

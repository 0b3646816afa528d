"""The hosted page where the buyer pays."""

import hashlib
import json
from contextlib import suppress

from payments.errors import ProviderRefused, ProviderUnreachable
from payments.models import Payment
from payments.providers.base import Visit
from payments.providers.stripe.client import Row, api, ask
from payments.providers.stripe.whose import marks, session, session_of

MONTHS = {"month": 1, "quarter": 3, "year": 12}
LANGUAGES = {"zh-hans": "zh", "zh-hant": "zh-TW", "en": "en"}


def start(*, payment: Payment, visit: Visit) -> str:
    """Where the buyer pays; back to the order when they have. A page that has expired is replaced by a new one."""
    begun = session_of(payment)
    if begun and begun["status"] == "open":
        return str(begun["url"])
    if begun and begun["status"] == "complete":
        return visit.come_back
    return _keep(payment, _open(payment, visit))


def close(*, payment: Payment) -> None:
    begun = session_of(payment)
    if begun and begun["status"] == "open":
        _expire(begun)


def _expire(begun: Row) -> None:
    with suppress(ProviderRefused):  # paid in this very moment, or over by itself: nobody can pay it any more
        ask(api().checkout.sessions.expire, begun["id"])


def _open(payment: Payment, visit: Visit) -> Row:
    params = _params(payment, visit)
    said = json.dumps([params, payment.provider_reference], sort_keys=True)
    key = f"{payment.reference}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
    return ask(api().checkout.sessions.create, params, {"idempotency_key": key})


def _keep(payment: Payment, made: Row) -> str:
    """Two clicks in two languages make two pages: only the first that is written down stays open."""
    same = Payment.objects.filter(pk=payment.pk, provider_reference=payment.provider_reference)
    if not same.update(provider_reference=made["id"]):
        payment.refresh_from_db(fields=["provider_reference"])
        return _theirs(payment, made)
    payment.provider_reference = made["id"]
    return str(made["url"])


def _theirs(payment: Payment, made: Row) -> str:
    if payment.provider_reference == made["id"]:
        return str(made["url"])
    _expire(made)
    winner = session(payment.provider_reference)
    if winner is None or not winner["url"]:
        raise ProviderUnreachable
    return str(winner["url"])


def _params(payment: Payment, visit: Visit) -> Row:
    order, ours = payment.order, marks(payment)
    params = {
        "client_reference_id": payment.reference,
        "cancel_url": visit.come_back,
        "success_url": visit.come_back,
        "customer_email": order.person.email,
        "locale": LANGUAGES.get(visit.language.lower(), "auto"),
        "metadata": ours,
    }
    inner = {"metadata": ours, "description": order.title}
    if order.renews:
        return params | {"mode": "subscription", "subscription_data": inner, "line_items": [_line(payment)]}
    return params | {"mode": "payment", "payment_intent_data": inner, "line_items": [_line(payment)]}


def _line(payment: Payment) -> Row:
    order = payment.order
    price: Row = {
        "currency": payment.currency.lower(),
        "unit_amount": payment.amount,
        "product_data": {"name": order.title},
    }
    if order.renews:
        price["recurring"] = {"interval": "month", "interval_count": MONTHS[order.every]}
    return {"quantity": 1, "price_data": price}

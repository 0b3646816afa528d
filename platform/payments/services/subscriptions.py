"""What a provider renews by itself: each new charge becomes an order like any other."""

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notify.models import Kind
from notify.services import tell
from payments import providers
from payments.errors import UnknownPayment, WrongAmount
from payments.models import Order, Payment, Subscription
from payments.providers.base import Notice, Subscribes

State = Subscription.State


def next_payment(*, provider: str, notice: Notice) -> Payment:
    """The order and payment of one more period. Raises `UnknownPayment` while the first has not been heard of."""
    subscription = _locked(provider, notice.subscription)
    known = Payment.objects.filter(provider=provider, reference=notice.reference).first()
    if known:
        return known
    first = subscription.orders.order_by("pk").first()
    if first is None or notice.amount <= 0:
        raise WrongAmount
    order = Order.objects.create(
        **{name: getattr(first, name) for name in ("person", "goods", "title", "provider", "url", "every")},
        amount=notice.amount,
        currency=notice.currency,
        breakdown=[{"label": first.title, "amount": notice.amount}],
        renews=True,
        refund_days=settings.REFUND_WINDOW_DAYS,
        refund_fee=settings.REFUND_FEE_PERCENT,
        subscription=subscription,
    )
    _move(subscription, State.ACTIVE, notice.period_ends_at, notice.at)
    return Payment.objects.create(
        order=order, provider=provider, reference=notice.reference, amount=notice.amount, currency=notice.currency
    )


def follow(*, provider: str, notice: Notice) -> str:
    """Take note of how a subscription stands; news older than the last heard changes nothing."""
    subscription = _locked(provider, notice.subscription)
    if notice.at and subscription.heard_at and notice.at < subscription.heard_at:
        return "known"
    if subscription.state == State.ENDED:
        return "known"
    state = _state(notice)
    if state == State.PAST_DUE:
        _tell_unpaid(subscription, notice)
    _move(subscription, state, notice.period_ends_at, notice.at)
    return f"subscription {state}"


def of(person: User) -> dict[str, Any]:
    """Those that go on, for the person's own page."""
    return {"subscriptions": Subscription.objects.filter(person=person).alive().order_by("pk")}


def cancel(*, subscription: Subscription) -> Subscription:
    """Let it run out. What is paid stays open to its end. Raises `ProviderUnreachable`, `ProviderRefused`."""
    if subscription.state in (State.ACTIVE, State.PAST_DUE):
        _till(subscription).cancel_at_end(subscription_reference=subscription.reference)
        _move(subscription, State.ENDING, subscription.period_ends_at, None)
    return subscription


def resume(*, subscription: Subscription) -> Subscription:
    """Go on after all. Raises `ProviderUnreachable`, `ProviderRefused`."""
    if subscription.state == State.ENDING:
        _till(subscription).resume(subscription_reference=subscription.reference)
        _move(subscription, State.ACTIVE, subscription.period_ends_at, None)
    return subscription


def portal(*, subscription: Subscription, come_back: str) -> str:
    """The provider's own page for the card and the bills. Raises `ProviderUnreachable`, `ProviderRefused`."""
    return _till(subscription).portal(subscription_reference=subscription.reference, come_back=come_back)


def _state(notice: Notice) -> str:
    has_ended = notice.is_ending and (notice.period_ends_at is None or notice.period_ends_at <= timezone.now())
    if has_ended:
        return State.ENDED
    if notice.is_ending:
        return State.ENDING
    return State.PAST_DUE if notice.reason else State.ACTIVE


def _tell_unpaid(subscription: Subscription, notice: Notice) -> None:
    tell(
        person=subscription.person,
        key=f"past-due:{notice.event_id}",
        template="payments/mail/past_due.txt",
        url="/me/",
        subscription=subscription,
        reason=notice.reason,
        kind=Kind.MONEY,
    )


@transaction.atomic
def _locked(provider: str, reference: str) -> Subscription:
    found = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("person")
        .filter(provider=provider, reference=reference)
        .first()
    )
    if found is None:
        raise UnknownPayment
    return found


def _move(subscription: Subscription, state: str, ends_at: datetime | None, at: datetime | None) -> None:
    subscription.state = state
    subscription.period_ends_at = ends_at or subscription.period_ends_at
    subscription.heard_at = at or subscription.heard_at  # by the provider's clock alone
    subscription.save(update_fields=["state", "period_ends_at", "heard_at"])


def _till(subscription: Subscription) -> Subscribes:
    return cast(Subscribes, providers.provider(subscription.provider))

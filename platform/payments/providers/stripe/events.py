"""Webhooks: believed only when signed with a secret of ours, within five minutes, for this account."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import stripe
from django.conf import settings

from payments.errors import BadSignature, Unreadable, WrongReceiver
from payments.providers.base import Notice, check_fresh
from payments.providers.stripe import facts, whose
from payments.providers.stripe.client import Row, api, ask_if_known, is_live

HEADER = "Stripe-Signature"


def read(*, headers: Mapping[str, str], body: bytes) -> Notice | None:
    """Raises `BadSignature`, `StaleNotice`, `Unreadable`, `WrongReceiver`, `ProviderUnreachable`."""
    _check(headers.get(HEADER, ""), body)
    try:
        event = json.loads(body)
        follow = FOLLOWED.get(event["type"])
        about = event["data"]["object"]["id"] if follow else ""
        at = datetime.fromtimestamp(event["created"], UTC)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise Unreadable from error
    _check_receiver(event)
    return follow(Told(about, at, _stopped_at(event))) if follow else None


@dataclass(frozen=True)
class Told:
    """Of what an event tells, and when that happened; for a subscription also when it had been stopped before."""

    about: str
    at: datetime
    stopped_at: int | None


def _stopped_at(event: Row) -> int | None:
    found: int | None = (event["data"].get("previous_attributes") or {}).get("canceled_at")
    return found


def _check(header: str, body: bytes) -> None:
    """The client checks the digest; it takes a notice from tomorrow, so the hour is checked here."""
    if not any(_is_signed(header, body, secret) for secret in settings.STRIPE["webhook_secrets"]):
        raise BadSignature
    parts = [part.partition("=") for part in header.split(",")]
    check_fresh(next(int(value) for name, _sign, value in parts if name == "t"))


def _is_signed(header: str, body: bytes, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret))
    except (stripe.SignatureVerificationError, ValueError, TypeError):  # also bytes and characters of no text
        return False


def _check_receiver(event: Row) -> None:
    """A connected account's events carry its name; ours do not."""
    if bool(event.get("livemode")) != is_live() or event.get("account"):
        raise WrongReceiver


def _session(told: Told) -> Notice | None:
    return facts.of_session(_there(whose.session(told.about)))


def _refund(told: Told) -> Notice | None:
    refund = _there(ask_if_known(api().refunds.retrieve, told.about, {"expand": ["balance_transaction"]}))
    reference = whose.reference_of(refund) or _reference_of_intent(refund)
    return facts.of_refund(refund, reference) if reference else None


def _dispute(told: Told) -> Notice | None:
    dispute = _there(ask_if_known(api().disputes.retrieve, told.about))
    reference = _reference_of_intent(dispute)
    return facts.of_dispute(dispute, reference, whose.intent(dispute["payment_intent"])) if reference else None


def _invoice_paid(told: Told) -> Notice | None:
    return facts.of_invoice(_there(ask_if_known(api().invoices.retrieve, told.about)))


def _invoice_unpaid(told: Told) -> Notice | None:
    invoice = _there(ask_if_known(api().invoices.retrieve, told.about))
    if not whose.reference_of_invoice(invoice):
        return None
    return facts.of_subscription(facts.subscription(whose.subscription_of(invoice)))


def _subscription(told: Told) -> Notice | None:
    sub = _there(ask_if_known(api().subscriptions.retrieve, told.about, {"expand": ["latest_invoice"]}))
    return facts.of_subscription(sub, stopped_at=told.stopped_at, resumed_at=told.at)


def _reference_of_intent(thing: Row) -> str:
    return whose.reference_of_intent(thing["payment_intent"]) if thing["payment_intent"] else ""


def _there(found: Row | None) -> Row:
    """Signed for us, and about something this key cannot see: another account's."""
    if found is None:
        raise WrongReceiver
    return found


FOLLOWED: dict[str, Callable[[Told], Notice | None]] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "checkout.session.async_payment_failed": _session,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.closed": _dispute,
    "invoice.paid": _invoice_paid,
    "invoice.payment_failed": _invoice_unpaid,
    "customer.subscription.updated": _subscription,
    "customer.subscription.deleted": _subscription,
}
"""What the endpoint at Stripe has to be sent. `charge.refunded` is left out: it tells what `refund.created` tells."""

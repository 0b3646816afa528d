"""Stripe's own client, made once for each account; its answers as plain data, its errors in our words."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

from payments.errors import ProviderRefused, ProviderUnreachable

Row = dict[str, Any]
CONNECT_SECONDS, ANSWER_SECONDS = 4, 15
RETRIES = 1
MISSING = "resource_missing"
log = logging.getLogger(__name__)


def is_live() -> bool:
    """Whether real money moves with this school's key (`sk_live_…`, or a restricted one)."""
    return "_live_" in settings.STRIPE["secret_key"]


def api() -> Any:
    return _client(settings.STRIPE["secret_key"], settings.STRIPE["api"]).v1


@lru_cache(maxsize=4)
def _client(key: str, address: str) -> stripe.StripeClient:
    http = stripe.RequestsClient(timeout=(CONNECT_SECONDS, ANSWER_SECONDS))
    base: Any = {"api": address} if address else {}
    return stripe.StripeClient(key, base_addresses=base, max_network_retries=RETRIES, http_client=http)


@contextmanager
def asking() -> Iterator[None]:
    """A clear no is `ProviderRefused` with Stripe's sentence; all that may pass is `ProviderUnreachable`.

    So is a key that is not taken: no payment is to blame, and it is mended by whoever set it.
    """
    try:
        yield
    except (stripe.InvalidRequestError, stripe.CardError, stripe.IdempotencyError) as error:
        raise ProviderRefused(error.user_message or "") from error
    except stripe.StripeError as error:
        log.warning("Stripe: %s %s", type(error).__name__, error)
        raise ProviderUnreachable from error


def ask(call: Callable[..., Any], *args: Any) -> Row:
    with asking():
        answer: Row = call(*args).to_dict()
        return answer


def ask_if_known(call: Callable[..., Any], *args: Any) -> Row | None:
    """None when Stripe has no such thing in this account."""
    try:
        return ask(call, *args)
    except ProviderRefused as refusal:
        if getattr(refusal.__cause__, "code", "") == MISSING:
            return None
        raise


def every(call: Callable[..., Any], params: Row) -> list[Row]:
    """All pages of a list, newest first."""
    with asking():
        return [one.to_dict() for one in call({"limit": 100, **params}).auto_paging_iter()]

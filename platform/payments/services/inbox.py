"""The one way in for what providers say: verified, and let take effect before it is answered.

When many come at once they are stored and answered, and take effect right after: a provider waits for some seconds at
most (WeChat Pay for five) and then says it all again.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import connection, transaction

from payments.errors import PaymentRefused
from payments.models import WebhookEvent
from payments.providers import provider as find_provider
from payments.providers.base import Notice
from payments.services.notices import accept, row

PATIENCE = 0.5  # seconds for which a stored notice lets those pass that are coming in
GLANCE = 0.005
logger = logging.getLogger(__name__)
in_hand: list[str] = []
"""The notices this process has not answered yet."""


def receive_webhook(*, provider: str, headers: Mapping[str, str], body: bytes) -> WebhookEvent | None:
    """None when it was genuine and about nothing we follow.

    Raises a kind of `WebhookRefused`, or `NoWayToPay`; then nothing has changed.
    """
    notice = find_provider(provider).read_notice(headers=headers, body=body)
    if notice is None:
        return None
    in_hand.append(notice.event_id)
    try:
        return (accept if len(in_hand) == 1 else keep)(provider=provider, notice=notice)
    finally:
        in_hand.remove(notice.event_id)


def keep(*, provider: str, notice: Notice) -> WebhookEvent:
    """Store a believed notice: nothing that is stored is lost, whatever stops."""
    event = row(provider, notice)
    WebhookEvent.objects.bulk_create([event], ignore_conflicts=True)
    clerk.wake()
    return event


def take_up_all(*, until: datetime | None = None, between: Callable[[], object] = lambda: None) -> int:
    """Let the stored notices take effect, those received `until` then, the oldest first; how many did.

    Those that another process has in hand are left to it. What is refused stays, with the reason; what fails is left
    waiting, and holds nothing up. `between` is called before each.
    """
    waiting = WebhookEvent.objects.waiting().order_by("pk")
    keys = (waiting.filter(received_at__lte=until) if until else waiting).values_list("pk", flat=True)
    return sum(_take_up(key, between) for key in list(keys))


def _take_up(key: int, between: Callable[[], object]) -> bool:
    between()
    try:
        return _let_take_effect(key)
    except Exception:
        logger.exception("The stored notice %s failed and waits", key)
        return False


@transaction.atomic
def _let_take_effect(key: int) -> bool:
    event = WebhookEvent.objects.waiting().select_for_update(skip_locked=True).filter(pk=key).first()
    if event is None:
        return False
    try:
        accept(provider=event.provider, notice=Notice.from_facts(event.notice, event.payload))
    except PaymentRefused as refusal:
        logger.warning("The stored notice %s is refused: %r", event, refusal)
        event.outcome = str(refusal)[:200]
        event.save(update_fields=["outcome"])
        return False
    return True


class Clerk:
    """Takes up what is stored, in a thread that ends when nothing is left. The sweeper finds what a crash leaves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_asked = False

    def wake(self) -> None:
        with self._lock:
            self._is_asked = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="payments-clerk", daemon=True)
                self._thread.start()

    def join(self) -> None:
        """Wait until it is done."""
        if thread := self._thread:
            thread.join()

    def _work(self) -> None:
        try:
            while self._is_wanted():
                take_up_all(between=_let_pass)
        except Exception:
            logger.exception("The stored notices are left to the sweeper")
            with self._lock:
                self._thread = None
        finally:
            connection.close()

    def _is_wanted(self) -> bool:
        with self._lock:
            is_asked, self._is_asked = self._is_asked, False
            if not is_asked:
                self._thread = None
            return is_asked


def _let_pass() -> None:
    """Those who are coming in go first, for a moment."""
    patience = time.monotonic() + PATIENCE
    while in_hand and time.monotonic() < patience:
        time.sleep(GLANCE)


clerk = Clerk()

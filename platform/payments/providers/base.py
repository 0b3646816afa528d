"""What every way to pay promises. `Payment.reference` and `Refund.reference` are ours; a provider given the same one
again does nothing new."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any, Protocol

from django.utils.functional import Promise

from payments.errors import StaleNotice
from payments.models import Payment, Refund

FRESH_SECONDS = 300
"""As far from now, to either side, a notice may have been signed."""


def check_fresh(at: float) -> None:
    """`at` in seconds since 1970. Raises `StaleNotice`."""
    if abs(time.time() - at) > FRESH_SECONDS:
        raise StaleNotice


class Surface(StrEnum):
    """What the page is open in, which decides the ways its reader can pay."""

    WECHAT = "wechat"
    PHONE = "phone"
    DESKTOP = "desktop"


@dataclass(frozen=True)
class Visit:
    """Who pays from where. The addresses are absolute: where the buyer comes back to, and where notices are posted.

    `openid` is who the buyer is to WeChat, once that is known.
    """

    surface: Surface
    come_back: str
    notify: str
    ip: str = ""
    openid: str = ""
    language: str = ""


@dataclass(frozen=True)
class GoTo:
    """Send the buyer to the provider's page."""

    url: str


@dataclass(frozen=True)
class Scan:
    """Show `content` as a QR code; the buyer scans it with the provider's app."""

    content: str


@dataclass(frozen=True)
class Bridge:
    """Give `params` to the browser's own WeixinJSBridge (getBrandWCPayRequest)."""

    params: dict[str, str]


Step = GoTo | Scan | Bridge


class Kind(Enum):
    PAID = "paid"
    DECLINED = "declined"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    RENEWED = "renewed"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True)
class Notice:
    """What a provider says happened, believed.

    The same fact has the same `event_id`, told twice or found by asking. `amount` (minor units) is what was paid, given
    back or disputed; `at` is the moment by the provider's clock. `subscription` is the provider's name for one that
    renews until `period_ends_at`, or no longer (`is_ending`).
    """

    event_id: str
    kind: Kind
    reference: str
    amount: int
    currency: str
    refund_reference: str = ""
    reason: str = ""
    at: datetime | None = None
    subscription: str = ""
    period_ends_at: datetime | None = None
    is_ending: bool = False
    payload: dict[str, Any] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """All but the payload, as JSON keeps it; `from_facts` reads it again."""
        moments = {
            "at": self.at and self.at.isoformat(),
            "period_ends_at": self.period_ends_at and self.period_ends_at.isoformat(),
        }
        kept = {**vars(self), **moments, "kind": self.kind.value}
        del kept["payload"]
        return kept

    @classmethod
    def from_facts(cls, facts: dict[str, Any], payload: dict[str, Any]) -> "Notice":
        moments = {name: facts[name] and datetime.fromisoformat(facts[name]) for name in ("at", "period_ends_at")}
        return cls(**{**facts, **moments, "kind": Kind(facts["kind"]), "payload": payload})


@dataclass(frozen=True)
class BillLine:
    """One line of a provider's bill: PAID or REFUNDED, in minor units; `fee` is what the provider kept of it."""

    kind: Kind
    reference: str
    amount: int
    currency: str
    refund_reference: str = ""
    at: datetime | None = None
    fee: int = 0


class Provider(Protocol):
    """Calls go out to a stranger: never make one inside a transaction. All may raise `ProviderUnreachable`."""

    label: str | Promise
    renews: bool
    """Whether it charges the next period by itself."""

    zone: str
    """By which calendar its bills go, such as Asia/Shanghai."""

    def serves(self, surface: Surface) -> bool: ...

    def start(self, *, payment: Payment, visit: Visit) -> Step:
        """What the buyer does next; for the same payment the same attempt. Raises `ProviderRefused`."""
        ...

    def read_notice(self, *, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """Verify a webhook; None when it is genuine and about nothing we follow. Raises a kind of `WebhookRefused`."""
        ...

    def thanks(self) -> tuple[int, str, str]:
        """(status, content type, body) of the answer after which the provider stops posting a notice."""
        ...

    def refusal(self, sentence: str) -> tuple[int, str, str]:
        """The same for a notice that is not believed."""
        ...

    def look_up(self, *, payment: Payment) -> list[Notice]:
        """Everything the provider knows of this payment by now, oldest first; empty while nothing has happened."""
        ...

    def close(self, *, payment: Payment) -> None:
        """The buyer may not pay this attempt any more; one the provider does not know is left alone."""
        ...

    def refund(self, *, refund: Refund) -> list[Notice]:
        """Ask for the money to go back, and what is known at once; else a notice follows. Raises `ProviderRefused`."""
        ...

    def bill(self, *, day: date) -> list[BillLine]:
        """What the provider says moved on `day`, by the provider's own calendar. Raises `BillNotReady`."""
        ...


class Subscribes(Protocol):
    """What a provider that renews can do besides."""

    def portal(self, *, subscription_reference: str, come_back: str) -> str:
        """Where the buyer changes the card or cancels."""
        ...

    def cancel_at_end(self, *, subscription_reference: str) -> None: ...

    def resume(self, *, subscription_reference: str) -> None: ...

"""What every way to pay promises. `Payment.reference` and `Refund.reference` are ours; a provider given the same one
again does nothing new."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from payments.models import Payment, Refund


class Kind(Enum):
    PAID = "paid"
    DECLINED = "declined"
    REFUNDED = "refunded"


@dataclass(frozen=True)
class Notice:
    """What a provider says happened, believed. `amount` (minor units) is what was paid or given back."""

    event_id: str
    kind: Kind
    reference: str
    amount: int
    currency: str
    refund_reference: str = ""
    reason: str = ""
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Addresses:
    """Absolute addresses the provider is given: where the buyer comes back, and where notices are posted."""

    come_back: str
    notify: str


class Provider(Protocol):
    """Calls go out to a stranger: never make one inside a transaction. All may raise `ProviderUnreachable`."""

    def start(self, *, payment: Payment, addresses: Addresses) -> str:
        """Where to send the buyer."""
        ...

    def read_notice(self, *, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify a webhook. Raises a kind of `WebhookRefused`."""
        ...

    def look_up(self, *, payment: Payment) -> list[Notice]:
        """Everything the provider knows of this payment by now, oldest first; empty while nothing has happened."""
        ...

    def refund(self, *, refund: Refund) -> None:
        """Ask for the money to go back; a notice follows when it has."""
        ...

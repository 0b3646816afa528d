"""What can be bought: each kind of goods is registered by the app that delivers it.

Goods are named ``kind:ref``, such as ``plan:3``.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict

from accounts.models import User
from payments.errors import NotForSale


class Line(TypedDict):
    """One line of a price: what for, and how much in minor units (negative for a reduction)."""

    label: str
    amount: int


@dataclass(frozen=True)
class Quote:
    """A price for one person, now.

    `amount` in minor units is the sum of `breakdown`; `url` is where the goods live; `terms` are sentences to read before
    paying, such as until when it lasts. `every` (month, quarter, year) is set when a provider could charge the same again
    each period. `memo` is kept with the order and comes back at delivery.
    """

    title: str
    amount: int
    currency: str
    breakdown: list[Line] = field(default_factory=list)
    url: str = ""
    terms: list[str] = field(default_factory=list)
    every: str = ""
    memo: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """What someone is to be given: goods `name` (``plan:3``), once per `source` (``order:<number>``).

    A source has parts when it gave several things: ``order:<number>/course:12`` belongs to ``order:<number>``.
    """

    person: User
    name: str
    source: str
    note: str = ""
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        return self.name.partition(":")[2]


class Goods(Protocol):
    """One kind of goods. `deliver` and `withdraw` run inside the transaction that books the money: they write rows of
    this database only, and doing them again changes nothing."""

    def quote(self, *, person: User, ref: str) -> Quote:
        """What `ref` costs this person. Raises a kind of `NotForSale`."""
        ...

    def deliver(self, delivery: Delivery) -> None: ...

    def withdraw(self, *, source: str) -> None:
        """Take back all that `source` gave, whatever has become of it since."""
        ...

    def why_kept(self, *, source: str) -> str:
        """Why the buyer cannot simply give it back now, as a sentence; empty when they can."""
        ...


_kinds: dict[str, Goods] = {}


def register(kind: str, goods: Goods) -> None:
    _kinds[kind] = goods


def find(name: str) -> tuple[Goods, str]:
    """The goods that sell `name`, and their own reference for it. Raises `NotForSale`."""
    kind, _, ref = name.partition(":")
    if kind not in _kinds or not ref:
        raise NotForSale
    return _kinds[kind], ref


def quote(*, person: User, name: str) -> Quote:
    """Raises `NotForSale`."""
    goods, ref = find(name)
    return goods.quote(person=person, ref=ref)


def deliver(delivery: Delivery) -> None:
    """Raises `NotForSale` when nobody sells such goods any more."""
    find(delivery.name)[0].deliver(delivery)


def withdraw(*, name: str, source: str) -> None:
    find(name)[0].withdraw(source=source)


def why_kept(*, name: str, source: str) -> str:
    return find(name)[0].why_kept(source=source)

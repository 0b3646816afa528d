"""What can be bought: each kind of goods is registered by the app that delivers it.

Goods are named ``kind:ref``, such as ``plan:3``.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict, runtime_checkable

from django.utils.functional import Promise

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


@dataclass(frozen=True)
class Thing:
    """What some goods are called, and where they live."""

    title: str
    url: str = ""


@runtime_checkable
class GivenAway(Protocol):
    """Goods that may also be had for nothing, by a code: on sale or not."""

    def things(self, *, ref: str = "") -> dict[str, Thing]:
        """By reference, all that can be given now; with `ref`, at most that one."""
        ...


@runtime_checkable
class LeavesASlip(Protocol):
    """Goods that open nothing for their buyer, and show something on the page of the paid order instead."""

    where: str | Promise
    """A sentence for the mail that says the money has come: where to find what was bought."""

    def slip(self, *, source: str) -> tuple[str, dict[str, Any]] | None:
        """A template and what it needs, for what `source` gave."""
        ...


@runtime_checkable
class SaysWhatFollows(Protocol):
    """Goods that are open once they are paid, and have something more to come: shown beside that on the order's page."""

    def follows(self, *, source: str) -> tuple[str, dict[str, Any]] | None:
        """A template and what it needs, for what `source` gave."""
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


def nobody() -> User:
    """Someone who owns nothing: what they are quoted is the price for anyone."""
    return User(pk=0)


def thing(name: str) -> Thing:
    """What `name` is called, whether it is on sale or only given away. Raises `NotForSale` when it is neither."""
    goods, ref = find(name)
    if not isinstance(goods, GivenAway):
        quoted = goods.quote(person=nobody(), ref=ref)
        return Thing(quoted.title, quoted.url)
    found = goods.things(ref=ref).get(ref)
    if found is None:
        raise NotForSale
    return found


def things() -> dict[str, Thing]:
    """By name, all that may be given away."""
    given = {kind: goods for kind, goods in _kinds.items() if isinstance(goods, GivenAway)}
    return {f"{kind}:{ref}": one for kind, goods in given.items() for ref, one in goods.things().items()}


def slip(*, name: str, source: str) -> tuple[str, dict[str, Any]] | None:
    goods = find(name)[0]
    return goods.slip(source=source) if isinstance(goods, LeavesASlip) else None


def follows(*, name: str, source: str) -> tuple[str, dict[str, Any]] | None:
    goods = find(name)[0]
    return goods.follows(source=source) if isinstance(goods, SaysWhatFollows) else None


def where(name: str) -> str | Promise:
    """Where the buyer finds what was bought; empty when it is simply open from now on."""
    goods = find(name)[0]
    return goods.where if isinstance(goods, LeavesASlip) else ""

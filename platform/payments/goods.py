"""What can be bought: each kind of goods is registered by the app that delivers it.

Goods are named ``kind:ref``, such as ``plan:3``.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypedDict

from accounts.models import User
from payments.errors import NotForSale

if TYPE_CHECKING:
    from payments.models import Order


class Line(TypedDict):
    """One line of a price: what for, and how much in minor units (negative for a reduction)."""

    label: str
    amount: int


@dataclass(frozen=True)
class Quote:
    """A price for one person, now. `amount` in minor units is the sum of `breakdown`; `url` is where the goods live."""

    title: str
    amount: int
    currency: str
    breakdown: list[Line] = field(default_factory=list)
    url: str = ""


class Goods(Protocol):
    """One kind of goods. `deliver` and `withdraw` run inside the transaction that books the money: they write rows of
    this database only, and doing them again changes nothing."""

    def quote(self, *, person: User, ref: str) -> Quote:
        """What `ref` costs this person. Raises a kind of `NotForSale`."""
        ...

    def deliver(self, *, order: "Order") -> None: ...

    def withdraw(self, *, order: "Order") -> None: ...


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

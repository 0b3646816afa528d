"""Several goods at one price."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from membership.errors import NotOnSale
from membership.models import Bundle
from membership.services.credit import order_of
from payments import goods as shop
from payments.goods import Delivery, Line, Quote


def quote_bundle(*, person: User, bundle: Bundle) -> Quote:
    """What the parts cost singly, and what they cost together. Raises what any part's quote raises."""
    parts = {item.goods: shop.quote(person=person, name=item.goods) for item in bundle.items.all()}
    if not parts or any(part.currency != bundle.currency for part in parts.values()):
        raise NotOnSale
    singly: list[Line] = [{"label": part.title, "amount": _own_price(part)} for part in parts.values()]
    less = bundle.price - sum(line["amount"] for line in singly)
    saved: list[Line] = [{"label": _("组合优惠"), "amount": less}] if less else []
    return Quote(
        title=bundle.title,
        amount=bundle.price,
        currency=bundle.currency,
        breakdown=[*singly, *saved],
        url=reverse("membership:plans"),
        terms=_terms(parts.values()),
        memo={"parts": list(parts), "shares": _shares(bundle.price, {name: _own_price(parts[name]) for name in parts})},
    )


def give_bundle(delivery: Delivery) -> None:
    """Each part once, under ``<source>/<goods>``. Raises kinds of `NotForSale`: then nothing is given."""
    names = delivery.memo.get("parts") or [item.goods for item in Bundle.objects.get(pk=delivery.ref).items.all()]
    for name in names:
        shop.deliver(Delivery(delivery.person, name, f"{delivery.source}/{name}", delivery.note))


def withdraw_parts(*, source: str) -> None:
    """Those of an order, each by the goods that gave it."""
    for name in _parts(source):
        shop.withdraw(name=name, source=f"{source}/{name}")


def why_parts_are_kept(*, source: str) -> str:
    reasons = (shop.why_kept(name=name, source=f"{source}/{name}") for name in _parts(source))
    return next(filter(None, reasons), "")


def _parts(source: str) -> list[str]:
    order = order_of(source)
    return order.memo.get("parts", []) if order else []


def _own_price(quote: Quote) -> int:
    """Without what is taken off for this person."""
    return sum(max(0, line["amount"]) for line in quote.breakdown)


def _terms(parts: Collection[Quote]) -> list[str]:
    said = [_("%(title)s：%(term)s") % {"title": part.title, "term": part.terms[0]} for part in parts if part.terms]
    if any(part.memo.get("credit") for part in parts):
        said.append(_("买组合不折算你原来的会员；原来的照旧有效。"))
    return said


def _shares(price: int, singly: dict[str, int]) -> dict[str, int]:
    """What of the price is for each part, in proportion; the last one has the rest."""
    total = sum(singly.values())
    shares = {name: price * own // total for name, own in singly.items()}
    shares[next(reversed(shares))] += price - sum(shares.values())
    return shares

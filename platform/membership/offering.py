"""What else the page of memberships offers one person: to pause, and bundles."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from membership.errors import NotForYou
from membership.models import Bundle, PartOffer
from membership.offers import checkout_url, part_offers, parts_sentence
from membership.services.pauses import days_left, pausable
from membership.services.renewals import renews_by_itself
from membership.standing import Standing
from payments import goods as shop
from payments.errors import NotForSale
from payments.goods import Line, Quote


@dataclass(frozen=True)
class BundleOffer:
    """A bundle as one person sees it: a price, or why not."""

    bundle: Bundle
    quote: Quote | None = None
    why_not: str = ""
    in_parts_of: PartOffer | None = None

    @property
    def url(self) -> str:
        return checkout_url(f"bundle:{self.bundle.pk}")

    @property
    def in_parts(self) -> str:
        if self.quote is None or self.in_parts_of is None:
            return ""
        terms = {"parts": self.in_parts_of.parts, "each": self.in_parts_of.price, "whole": self.quote.amount}
        return parts_sentence(**terms, currency=self.quote.currency)

    @property
    def in_parts_url(self) -> str:
        return checkout_url(self.in_parts_of.name) if self.in_parts_of else ""

    @property
    def parts(self) -> list[Line]:
        return [line for line in self.quote.breakdown if line["amount"] > 0] if self.quote else []

    @property
    def singly(self) -> int:
        return sum(line["amount"] for line in self.parts)


def bundles_for(person: User | AnonymousUser) -> Iterator[BundleOffer]:
    """Without those of which a part is not sold."""
    asks = person if isinstance(person, User) else shop.nobody()
    bundles = list(Bundle.objects.on_sale())
    in_parts = part_offers([f"bundle:{bundle.pk}" for bundle in bundles])
    for bundle in bundles:
        name = f"bundle:{bundle.pk}"
        try:
            yield BundleOffer(bundle, shop.quote(person=asks, name=name), in_parts_of=in_parts.get(name))
        except NotForYou as refusal:
            yield BundleOffer(bundle, why_not=str(refusal))
        except NotForSale:
            continue


def days_to_pause(person: User | AnonymousUser, standing: Standing) -> int:
    """How many days the membership that someone has now may be paused for."""
    if not isinstance(person, User) or standing.tier is None or standing.resumes_at or standing.is_lapsed:
        return 0
    tier = pausable(person)
    if tier is None or renews_by_itself(person, tier):
        return 0
    return max(0, days_left(person, tier))

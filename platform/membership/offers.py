"""What someone could buy to get in."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from membership.models import Instalment, PartOffer, Plan
from web.templatetags.web import money

if TYPE_CHECKING:
    from membership.access import Need


@dataclass(frozen=True)
class Offer:
    """One way in. `amount` is in minor units; `url` is where it is bought. Plain values only: it goes out as JSON.

    `in_parts` is a sentence when it may be paid in parts, at `in_parts_url`.
    """

    goods: str
    title: str
    amount: int
    currency: str
    url: str
    in_parts: str = ""
    in_parts_url: str = ""


def offers_for(need: "Need") -> list[Offer]:
    """Every plan that opens it, the lowest tier first, then the course alone."""
    offers = [*_plans(need), *_course(need)]
    parts = part_offers([offer.goods for offer in offers])
    return [_with_parts(offer, parts.get(offer.goods)) for offer in offers]


def part_offers(goods: Collection[str]) -> dict[str, PartOffer]:
    """By the name of the goods, how they may be paid in parts."""
    found = PartOffer.objects.on_sale().filter(goods__in=goods) if goods else []
    return {offer.goods: offer for offer in found}


def parts_sentence(*, parts: int, each: int, whole: int, currency: str) -> str:
    """Both sums side by side, in minor units: that of the parts may be the larger one."""
    sums = {"each": each, "total": each * parts, "whole": whole}
    facts = {"parts": parts} | {name: money(sum_, currency) for name, sum_ in sums.items()}
    return _("分 %(parts)s 期，每期 %(each)s，共 %(total)s；一次付清 %(whole)s。") % facts


def next_part(instalment: Instalment) -> Offer:
    """The part that is to be paid next."""
    facts = {"title": instalment.title, "n": instalment.next, "parts": instalment.parts}
    title = _("%(title)s（第 %(n)s 期，共 %(parts)s 期）") % facts
    return Offer(instalment.name, title, instalment.price, instalment.currency, checkout_url(instalment.name))


def _with_parts(offer: Offer, parts: PartOffer | None) -> Offer:
    if parts is None:
        return offer
    said = parts_sentence(parts=parts.parts, each=parts.price, whole=offer.amount, currency=offer.currency)
    return replace(offer, in_parts=said, in_parts_url=checkout_url(parts.name))


def checkout_url(goods: str) -> str:
    return reverse("payments:checkout", args=[goods])


def plan_offer(plan: Plan) -> Offer:
    goods = f"plan:{plan.pk}"
    return Offer(goods, plan_title(plan), plan.price, plan.currency, checkout_url(goods))


def plan_title(plan: Plan) -> str:
    return f"{plan.tier.name} · {plan.period_shown}"


def _plans(need: "Need") -> Iterator[Offer]:
    if need.tier_rank is not None:
        yield from map(plan_offer, Plan.objects.on_sale().opening(need.tier_rank))


def _course(need: "Need") -> Iterator[Offer]:
    if need.course_goods and need.course_price:
        title = need.course_title or _("单买这门课")
        yield Offer(need.course_goods, title, need.course_price, need.currency, checkout_url(need.course_goods))

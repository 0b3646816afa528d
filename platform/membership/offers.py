"""What someone could buy to get in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from membership.models import Plan

if TYPE_CHECKING:
    from membership.access import Need


@dataclass(frozen=True)
class Offer:
    """One way in. `amount` is in minor units; `url` is where it is bought. Plain values only: it goes out as JSON."""

    goods: str
    title: str
    amount: int
    currency: str
    url: str


def offers_for(need: "Need") -> list[Offer]:
    """Every plan that opens it, the lowest tier first, then the course alone."""
    return [*_plans(need), *_course(need)]


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

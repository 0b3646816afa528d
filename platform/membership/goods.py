"""Membership as something payments can sell: goods ``plan:<primary key of a Plan>``."""

from django.urls import reverse

from accounts.models import User
from membership.errors import AlreadyForever, NotOnSale
from membership.models import Grant, Plan, Tier
from membership.offers import plan_title
from membership.services import extend, withdraw
from payments.goods import Delivery, Quote


class PlanGoods:
    """A plan at its price today. Buying the tier one already has adds to its end."""

    def quote(self, *, person: User, ref: str) -> Quote:
        """Raises `NotOnSale`, and `AlreadyForever` for whoever has the tier without an end."""
        plan = Plan.objects.on_sale().filter(pk=ref).first() if ref.isdecimal() else None
        if plan is None:
            raise NotOnSale
        if _has_forever(person, plan.tier):
            raise AlreadyForever
        title = plan_title(plan)
        return Quote(
            title=title,
            amount=plan.price,
            currency=plan.currency,
            breakdown=[{"label": title, "amount": plan.price}],
            url=reverse("membership:plans"),
        )

    def deliver(self, delivery: Delivery) -> None:
        plan = Plan.objects.select_related("tier").get(pk=delivery.ref)  # sold: on sale or not
        extend(person=delivery.person, tier=plan.tier, period=plan.period, source=delivery.source, note=delivery.note)

    def withdraw(self, *, source: str) -> None:
        withdraw(source=source)

    def why_kept(self, *, source: str) -> str:
        return ""


def _has_forever(person: User, tier: Tier) -> bool:
    return Grant.objects.of(person).in_force().filter(tier=tier, ends_at=None).exists()

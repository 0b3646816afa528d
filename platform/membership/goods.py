"""Membership as something payments can sell: ``plan:<key of a Plan>``, ``bundle:<key of a Bundle>``, or
``part:<key of a PartOffer>``."""

from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from membership.errors import NotOnSale
from membership.models import Bundle, Instalment, InstalmentPart, PartOffer, Plan
from membership.offers import plan_title
from membership.services import give_plan, withdraw
from membership.services.bundles import give_bundle, quote_bundle, why_parts_are_kept, withdraw_parts
from membership.services.credit import order_of
from membership.services.instalments import give_part, quote_part, why_part_is_kept, withdraw_part
from membership.services.plans import quote_plan, why_kept
from payments.goods import Delivery, Quote, Thing


class PlanGoods:
    """A plan at its price today: it adds to the tier one has, and takes in what is left of lower ones."""

    def quote(self, *, person: User, ref: str) -> Quote:
        """Raises `NotOnSale`, and what `quote_plan` raises."""
        plan = Plan.objects.on_sale().filter(pk=ref).first() if ref.isdecimal() else None
        if plan is None:
            raise NotOnSale
        return quote_plan(person=person, plan=plan)

    def deliver(self, delivery: Delivery) -> None:
        plan = Plan.objects.select_related("tier").get(pk=delivery.ref)  # sold: on sale or not
        give_plan(person=delivery.person, plan=plan, source=delivery.source, note=delivery.note, memo=delivery.memo)

    def withdraw(self, *, source: str) -> None:
        withdraw(source=source)

    def why_kept(self, *, source: str) -> str:
        return why_kept(source=source)

    def things(self, *, ref: str = "") -> dict[str, Thing]:
        plans = Plan.objects.select_related("tier").order_by("tier__rank", "price")
        if ref:
            plans = plans.filter(pk=ref) if ref.isdecimal() else plans.none()
        return {str(plan.pk): Thing(plan_title(plan), reverse("membership:plans")) for plan in plans}


class BundleGoods:
    """Several goods at one price; what was in it when it was ordered is what is given."""

    def quote(self, *, person: User, ref: str) -> Quote:
        """Raises `NotOnSale`, and what the parts raise."""
        bundle = Bundle.objects.on_sale().filter(pk=ref).first() if ref.isdecimal() else None
        if bundle is None:
            raise NotOnSale
        return quote_bundle(person=person, bundle=bundle)

    def deliver(self, delivery: Delivery) -> None:
        give_bundle(delivery)

    def withdraw(self, *, source: str) -> None:
        withdraw(source=source)
        withdraw_parts(source=source)

    def why_kept(self, *, source: str) -> str:
        return why_parts_are_kept(source=source)

    def things(self, *, ref: str = "") -> dict[str, Thing]:
        bundles = Bundle.objects.order_by("pk")
        if ref:
            bundles = bundles.filter(pk=ref) if ref.isdecimal() else bundles.none()
        return {str(bundle.pk): Thing(bundle.title, reverse("membership:plans")) for bundle in bundles}


class PartGoods:
    """Goods in monthly parts: always the next part of them for whoever has begun, the first one for anyone else."""

    def quote(self, *, person: User, ref: str) -> Quote:
        """Raises `NotOnSale`, and what `quote_part` raises. What has been begun goes on though it is not on sale."""
        mine = Instalment.objects.of(person).going().values("offer")
        open_to = PartOffer.objects.filter(Q(is_on_sale=True) | Q(pk__in=mine))
        offer = open_to.filter(pk=ref).first() if ref.isdecimal() else None
        if offer is None:
            raise NotOnSale
        return quote_part(person=person, offer=offer)

    def deliver(self, delivery: Delivery) -> None:
        give_part(delivery)

    def withdraw(self, *, source: str) -> None:
        withdraw_part(source=source)

    def why_kept(self, *, source: str) -> str:
        return why_part_is_kept(source=source)

    def things(self, *, ref: str = "") -> dict[str, Thing]:
        """Nothing is given away in parts."""
        return {}

    def follows(self, *, source: str) -> tuple[str, dict[str, Any]] | None:
        part = InstalmentPart.objects.select_related("instalment").filter(order=order_of(source)).first()
        return ("membership/_next_part.html", {"one": part.instalment}) if part else None

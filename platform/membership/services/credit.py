"""What is left of what someone paid for lower tiers, to be set against the price of a higher one.

A *purchase* is everything one order gave of one tier: ``order:<number>``, or ``order:<number>/plan:3`` of a bundle. A pause
may have cut its grant in two; they are one purchase still.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from membership.models import Grant, Instalment, Plan
from payments.goods import Line
from payments.models import Order, Payment, Refund
from web.templatetags.web import money

REST = "/rest:"
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)


def purchase_of(source: str) -> str:
    return source.partition(REST)[0]


@dataclass
class Purchase:
    """The grants of one purchase, and what is in it: money not given back, and credit that was brought over."""

    source: str
    worth: int
    currency: str
    grants: list[Grant]

    @property
    def rank(self) -> int:
        return self.grants[0].tier.rank if self.grants[0].tier else 0

    @property
    def is_forever(self) -> bool:
        return any(grant.ends_at is None for grant in self.grants)

    @cached_property
    def whole(self) -> timedelta:
        """How long it is in all."""
        return sum((grant.ends_at - grant.starts_at for grant in self.grants if grant.ends_at), timedelta())

    @cached_property
    def left(self) -> int:
        """How many days are not used; one that has begun is not."""
        now = timezone.now()
        unused = (grant.ends_at - max(now, grant.starts_at) for grant in self.grants if grant.ends_at)
        return -(-sum((max(rest, timedelta()) for rest in unused), timedelta()) // DAY)

    @property
    def value(self) -> int:
        """Of what was paid, the part of the days that are left; the fraction of a minor unit is the buyer's."""
        if self.is_forever:
            return self.worth
        whole = self.whole // MOMENT  # perhaps not a number of whole days: it may have been lengthened or cut short
        return min(self.worth, -(-self.worth * self.left * (DAY // MOMENT) // whole))

    @property
    def line(self) -> Line:
        name = self.grants[0].opens
        if self.is_forever:
            return {"label": _("%(name)s抵扣") % {"name": name}, "amount": -self.value}
        return {"label": _("%(name)s剩余 %(days)s 天抵扣") % {"name": name, "days": self.left}, "amount": -self.value}


@dataclass
class Price:
    """A plan for someone who has paid for lower tiers: at least one minor unit; what exceeds that lengthens the term."""

    plan: Plan
    credit: list[Purchase] = field(default_factory=list)

    @property
    def amount(self) -> int:
        return max(1, self.plan.price - self._total)

    @property
    def over(self) -> int:
        """What the credit exceeds the price by, so far as it buys more days."""
        return max(0, self._total - (self.plan.price - 1))

    @property
    def lines(self) -> list[Line]:
        lines = [purchase.line for purchase in self.credit]
        more: Line = {"label": _("抵扣多出的，折成天数"), "amount": self.over}
        return [*lines, more] if self.over else lines

    @property
    def sentences(self) -> list[str]:
        said = [_("原来的会员并进这一份；升级若退款，就照原来的还给你。")] if self.credit else []
        if self.over:
            over = money(self.over, self.plan.currency)
            said.append(_("抵扣比价格多出 %(over)s，按这个套餐的价格折成天数，接在后面。") % {"over": over})
        return said

    @property
    def _total(self) -> int:
        return sum(purchase.value for purchase in self.credit)


def price_for(person: User, plan: Plan) -> Price:
    return prices_for(person, [plan])[plan.pk]


def counts(purchase: Purchase, plan: Plan) -> bool:
    """Whether it is credited now. What has no end only goes into what has none; nothing goes into what has not begun."""
    if plan.starts_at and plan.starts_at > timezone.now():
        return False
    if purchase.is_forever and plan.period != Plan.Period.LIFETIME:
        return False
    return purchase.currency == plan.currency and purchase.value > 0


def prices_for(person: User | AnonymousUser, plans: Iterable[Plan]) -> dict[int, Price]:
    """By the key of each plan, what it costs this person; asked of the database once for all."""
    if not person.pk:
        return {plan.pk: Price(plan) for plan in plans}
    grants = Grant.objects.of(person).standing().bought().filter(tier__isnull=False)
    bought = purchases(grants.select_related("tier").order_by("starts_at", "pk"))
    return {
        plan.pk: Price(plan, [each for each in bought if each.rank < plan.tier.rank and counts(each, plan)])
        for plan in plans
    }


def purchases_below(person: User, plan: Plan) -> list[Purchase]:
    """What someone has bought of lower tiers, soonest first, used up or not."""
    grants = Grant.objects.of(person).standing().bought().filter(tier__rank__lt=plan.tier.rank)
    return purchases(grants.select_related("tier").order_by("starts_at", "pk"))


def purchases(grants: Iterable[Grant]) -> list[Purchase]:
    by: dict[str, list[Grant]] = {}
    for grant in grants:
        by.setdefault(purchase_of(grant.source), []).append(grant)
    if not by:
        return []
    orders = _orders(by)
    carried = _carried(orders)
    worth = {
        source: (_paid(source, order) + _credit(source, order, carried), order.currency)
        for source, order in orders.items()
    }
    worth |= _worth_in_parts(by)
    return [Purchase(source, *worth[source], grants) for source, grants in by.items() if source in worth]


def order_of(source: str) -> Order | None:
    number = _number(source)
    return Order.objects.filter(number=number).first() if number else None


def _orders(sources: Iterable[str]) -> dict[str, Order]:
    numbers = {source: number for source in sources if (number := _number(source))}
    orders = Order.objects.filter(number__in=numbers.values()).prefetch_related("payments__refunds")
    by = {order.number: order for order in orders}
    return {source: by[number] for source, number in numbers.items() if number in by}


def _number(source: str) -> UUID | None:
    try:
        return UUID(source.removeprefix("order:").partition("/")[0])
    except ValueError:
        return None


def _paid(source: str, order: Order) -> int:
    """What came for it and neither has gone back nor is on its way."""
    payment = next((each for each in order.payments.all() if each.state == Payment.State.SUCCEEDED), None)
    if payment is None:
        return 0
    refunds = [each for each in payment.refunds.all() if each.state != Refund.State.FAILED]
    if any(each.is_final for each in refunds):
        return 0
    left = payment.amount - sum(each.amount for each in refunds)
    part = source.partition("/")[2]
    return left * int(order.memo.get("shares", {}).get(part, 0)) // order.amount if part else left


def _worth_in_parts(by: Mapping[str, list[Grant]]) -> dict[str, tuple[int, str]]:
    """What came, and in which currency, for what is paid in all its parts; until then nothing can be counted on."""
    keys = {source: grants[0].instalment_id for source, grants in by.items() if grants[0].instalment_id}
    if not keys:
        return {}
    whole = Instalment.objects.exclude(completed_at=None).prefetch_related("payments__order__payments__refunds")
    found = {each.pk: each for each in whole.filter(pk__in=keys.values())}
    return {source: (_share(found[key], source), found[key].currency) for source, key in keys.items() if key in found}


def _share(instalment: Instalment, source: str) -> int:
    """Of a bundle, what is for this part of it."""
    orders = [part.order for part in instalment.payments.all() if part.withdrawn_at is None]
    total, part = sum(_paid(order.source, order) for order in orders), source.partition("/")[2]
    shares = instalment.memo.get("shares", {})
    return total * int(shares[part]) // sum(shares.values()) if part in shares else total


def _carried(orders: dict[str, Order]) -> set[tuple[str, str]]:
    """(upgrade, purchase that went into it), without what has been taken back since."""
    upgrades = [source for source, order in orders.items() if order.memo.get("credit")]
    if not upgrades:
        return set()
    rows = Grant.objects.filter(replaced_by__in=upgrades, withdrawn_at=None)
    return {(into, purchase_of(source)) for into, source in rows.values_list("replaced_by", "source")}


def _credit(source: str, order: Order, carried: set[tuple[str, str]]) -> int:
    frozen = order.memo.get("credit", [])
    return sum(int(each["amount"]) for each in frozen if (source, each["source"]) in carried)

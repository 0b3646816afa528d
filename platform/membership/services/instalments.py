"""Pay for something in monthly parts: each part carries the rights to the day the next one is due, and days of grace."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from membership.errors import CountedGoods, HasItAlready, PartPaid, PartsEnded, PartsTooLong
from membership.models import Grant, Instalment, InstalmentPart, PartOffer, Plan
from membership.models.instalment import PATIENCE
from membership.months import months_after
from membership.offers import parts_sentence
from membership.period import day
from membership.services.credit import MOMENT, order_of
from membership.services.plans import Term, term_of
from membership.services.plans import why_kept as why_rights_are_kept
from membership.services.rights import lock, make_room, tell_ended
from membership.services.withdrawing import draw_near, lose, withdraw
from payments import goods as shop
from payments.goods import Delivery, Line, Quote
from payments.models import Order, Stock


@dataclass(frozen=True)
class Agreement:
    """What is agreed on with the first part: `begins_at` is what the due days are counted from."""

    title: str
    parts: int
    price: int
    currency: str
    grace_days: int
    begins_at: datetime
    whole: int = 0

    def quote(self, n: int, paid: list[int], memo: dict[str, Any]) -> Quote:
        """Of part `n`: all that are still to be paid, and how little of it is paid now."""
        later = [each for each in range(1, self.parts + 1) if each != n and each not in paid]
        lines: list[Line] = [{"label": _("第 %(n)s 期，现在付") % {"n": n}, "amount": self.price}]
        lines += [{"label": self._label(each), "amount": self.price} for each in later]
        if later:
            lines.append({"label": _("以后再付"), "amount": -self.price * len(later)})
        facts = {"title": self.title, "n": n, "parts": self.parts}
        return Quote(
            title=_("%(title)s（第 %(n)s 期，共 %(parts)s 期）") % facts,
            amount=self.price,
            currency=self.currency,
            breakdown=lines,
            url=reverse("membership:plans"),
            terms=self._terms(later),
            memo={"part": n} | memo,
        )

    def _label(self, n: int) -> str:
        return _("第 %(n)s 期，%(day)s") % {"n": n, "day": day(months_after(self.begins_at, n - 1))}

    def _terms(self, later: list[int]) -> list[str]:
        if not later:
            return [_("这是最后一期，付完就全部是你的了。")]
        grace = ngettext(
            "每期到期前会提醒，不会自动扣款。晚付有 %(days)s 天宽限，过了就先关上，付上马上再开。",
            "每期到期前会提醒，不会自动扣款。晚付有 %(days)s 天宽限，过了就先关上，付上马上再开。",
            self.grace_days,
        )
        waits = _("关上 %(patience)s 天还没付，分期就结束，付过的不退。随时可以提前付。")
        return [
            *([self._sum()] if self.whole else []),
            grace % {"days": self.grace_days},
            waits % {"patience": PATIENCE.days},
        ]

    def _sum(self) -> str:
        return parts_sentence(parts=self.parts, each=self.price, whole=self.whole, currency=self.currency)


def quote_part(*, person: User, offer: PartOffer) -> Quote:
    """The next part of what this person pays in parts already, else the first one. Raises kinds of `NotForSale`."""
    going = Instalment.objects.of(person).going().filter(offer=offer).first()
    if going and going.next:
        return agreed(going).quote(going.next, going.paid, {"instalment": going.pk})
    return _first(person, offer)


def agreed(instalment: Instalment) -> Agreement:
    names = ("title", "parts", "price", "currency", "grace_days", "begins_at")
    return Agreement(**{name: getattr(instalment, name) for name in names})


@transaction.atomic
def give_part(delivery: Delivery) -> Instalment:
    """A part was paid; once per order. Raises kinds of `NotForSale`, then the money goes back: `PartPaid`, `PartsEnded`,
    and for the first part what the goods raise.
    """
    lock(delivery.person)
    order = order_of(delivery.source)
    if order is None:
        raise PartsEnded  # only what was bought is paid in parts
    known = InstalmentPart.objects.filter(order=order).select_related("instalment").first()
    if known:
        return known.instalment
    key, n = delivery.memo.get("instalment"), delivery.memo["part"]
    instalment = _going(key) if key else _begin(delivery, order)
    if n in instalment.paid:
        raise PartPaid
    InstalmentPart.objects.create(instalment=instalment, n=n, order=order)
    return settle(instalment)


@transaction.atomic
def withdraw_part(*, source: str) -> None:
    """What the part that `source` paid gave is taken back: the rights reach to the day it was due, and grace. With the
    only part that was paid, all of it ends. Again changes nothing.
    """
    part = _part(source)
    if part is None or part.withdrawn_at:
        return
    lock(part.instalment.person)
    instalment = Instalment.objects.locked().get(pk=part.instalment_id)
    if not InstalmentPart.objects.filter(pk=part.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        return
    lose(source=instalment.source, amount=1, of=instalment.parts)
    settle(instalment)


def why_part_is_kept(*, source: str) -> str:
    """Why the buyer cannot give this part back now, as a sentence: a later one is paid, or it went into an upgrade."""
    part = _part(source)
    if part is None:
        return ""
    kept = why_rights_are_kept(source=part.instalment.source)  # and holds the person: a part that is being paid is seen
    if not kept and any(n > part.n for n in part.instalment.paid):
        return _("后面的一期已经付了。要退款，从最后付的那一期退起。")
    return kept


@transaction.atomic
def end_instalment(*, instalment: Instalment) -> Instalment:
    """Nothing more can be paid; what was paid stays open to its day. Again, or once all is paid, changes nothing."""
    lock(instalment.person)
    locked = Instalment.objects.locked().get(pk=instalment.pk)
    if not locked.is_over:
        locked.ended_at = timezone.now()
        locked.save(update_fields=["ended_at"])
    return locked


def settle(instalment: Instalment) -> Instalment:
    """Let the rights reach as far as the parts that are paid carry them; only while the person is locked."""
    instalment = Instalment.objects.locked().get(pk=instalment.pk)
    due = instalment.next_due
    instalment.completed_at = None if due else timezone.now()
    instalment.reaches_at = due + timedelta(days=instalment.grace_days) if due else None
    if not instalment.paid:
        instalment.ended_at = instalment.ended_at or timezone.now()
    instalment.save(update_fields=["completed_at", "reaches_at", "ended_at"])
    if not instalment.paid:
        withdraw(source=instalment.source)
    for grant in instalment.grants.locked().filter(withdrawn_at=None).order_by("pk"):
        _reach(grant, instalment.reaches_at)
    return instalment


def _first(person: User, offer: PartOffer) -> Quote:
    if Stock.objects.left(offer.goods) is not None:
        raise CountedGoods
    if Grant.objects.of(person).in_force().filter(scope=offer.goods, ends_at=None).exists():
        raise HasItAlready
    whole = shop.quote(person=person, name=offer.goods)
    term = _term(person, offer)
    terms = {"parts": offer.parts, "price": offer.price, "grace_days": offer.grace_days}
    memo = {name: fact for name, fact in whole.memo.items() if name in {"parts", "shares"}}  # of a bundle; no credit
    agreement = Agreement(
        title=whole.title, currency=whole.currency, begins_at=term.starts_at, whole=whole.amount, **terms
    )
    quote = agreement.quote(1, [], {"terms": terms, "goods": memo})
    if whole.memo.get("credit"):
        quote.terms.append(_("分期不折算你原来的会员；原来的照旧有效。"))
    return quote


def _term(person: User, offer: PartOffer) -> Term:
    """From when to when it would open. Raises `PartsTooLong` when that ends before the last part is due."""
    kind, _colon, ref = offer.goods.partition(":")
    if kind != "plan":
        return Term(timezone.now(), None)
    term = term_of(person, Plan.objects.select_related("tier").get(pk=ref))
    if term.ends_at and months_after(term.starts_at, offer.parts - 1) >= term.ends_at:
        raise PartsTooLong
    return term


def _begin(delivery: Delivery, order: Order) -> Instalment:
    """The goods are given whole, and then cut short: what is theirs to refuse, they refuse."""
    offer, terms = PartOffer.objects.get(pk=delivery.ref), delivery.memo["terms"]
    mine = Instalment.objects.of(delivery.person).filter(goods=offer.goods, completed_at=None, ended_at=None)
    if mine.going().exists():
        raise PartPaid
    mine.update(ended_at=timezone.now())  # waited for too long
    facts = {"person": delivery.person, "offer": offer, "goods": offer.goods, "title": shop.thing(offer.goods).title}
    facts |= {"currency": order.currency, "memo": delivery.memo["goods"], "begins_at": timezone.now()}
    made = Instalment.objects.create(**facts, **terms)
    shop.deliver(Delivery(delivery.person, offer.goods, made.source, delivery.note, made.memo))
    rights = Grant.objects.given_by(made.source)
    rights.update(instalment=made, whole_ends_at=F("ends_at"), is_fixed=True)
    if offer.goods.startswith("plan:"):
        made.begins_at = rights.get().starts_at
        made.save(update_fields=["begins_at"])
    return made


def _going(key: int) -> Instalment:
    found = Instalment.objects.going().filter(pk=key).first()
    if found is None:
        raise PartPaid if Instalment.objects.filter(pk=key).exclude(completed_at=None).exists() else PartsEnded
    return found


def _part(source: str) -> InstalmentPart | None:
    order = order_of(source)
    return InstalmentPart.objects.select_related("instalment__person").filter(order=order).first() if order else None


def _reach(grant: Grant, until: datetime | None) -> None:
    before, ends_at = grant.ends_at, min(filter(None, [grant.whole_ends_at, until]), default=None)
    if ends_at and ends_at <= grant.starts_at:
        ends_at = grant.starts_at + MOMENT  # it begins later than what is paid reaches
    if ends_at == before:
        return
    grant.ends_at = ends_at
    grant.save(update_fields=["ends_at"])
    if ends_at and (before is None or ends_at < before):
        draw_near(grant, before)
        if ends_at <= timezone.now():
            tell_ended(grant)
    elif before:
        make_room(grant, before)

"""Who may open what, until when. Page, media address, ticket, socket and mail all ask here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from membership import devices
from membership.models import Device, Grant, Instalment
from membership.models.grant import GrantQuerySet
from membership.offers import Offer, next_part, offers_for
from membership.services.pauses import paused
from web import clock

__all__ = ["Answer", "Need", "Offer", "Reason", "access", "opened"]


Row = tuple[datetime, datetime | None, str, int | None]


class Reason(StrEnum):
    FREE = "free"
    TEACHES = "teaches"
    STAFF = "staff"
    TIER = "tier"
    BOUGHT = "bought"
    SIGN_IN = "sign_in"
    EXPIRED = "expired"
    NEVER = "never"
    HELD = "held"
    BANNED = "banned"
    PAUSED = "paused"
    UNPAID = "unpaid"
    DEVICES = "devices"
    LOCKED = "locked"


@dataclass(frozen=True)
class Need:
    """What it takes to open one thing.

    `scope` names it in grants (``course:12``). `tier_rank` is the lowest rank that opens it, None when no membership
    does. `course_goods` is set when it is sold singly, at `course_price` minor units of `currency`.
    `taught_by` is the primary key of its teacher.
    """

    scope: str
    tier_rank: int | None = None
    course_goods: str | None = None
    is_free: bool = False
    taught_by: int | None = None
    course_title: str = ""
    course_price: int | None = None
    currency: str = "CNY"


@dataclass(frozen=True)
class Answer:
    """Whether, why, and until when (None: no end known); `offers` are the ways in for whoever is kept out.

    `most` is on how many devices the right may be used, `streams` at how many places at a time; 0 for any number.
    Who is *held* has the right and is kept out until then all the same: the lesson comes to them at an hour of its own.
    So has who finds it *locked*: it opens at `until`, once the thing called `after` is finished; either may be missing.
    """

    allowed: bool
    reason: Reason
    until: datetime | None = None
    offers: list[Offer] = field(default_factory=list)
    most: int = 0
    streams: int = 0
    after: str = ""
    devices: list[Device] = field(default_factory=list)

    @property
    def ways(self) -> list[Offer]:
        """At most two ways in, for a narrow screen: this course alone, and the first plan; the plan first to renew. What
        is being paid in parts is paid on.
        """
        if self.reason is Reason.UNPAID:
            return self.offers[:1]
        plans = [offer for offer in self.offers if offer.goods.startswith("plan:")][:1]
        alone = [offer for offer in self.offers if not offer.goods.startswith("plan:")][:1]
        return plans + alone if self.reason is Reason.EXPIRED else alone + plans

    @property
    def has_plans(self) -> bool:
        """Whether a membership would open it, so that the page of memberships is worth a visit."""
        return any(offer.goods.startswith("plan:") for offer in self.offers)

    @property
    def sentence(self) -> str:
        if self.reason is Reason.NEVER:
            return self._ways_said()
        if self.reason is Reason.HELD and self.until:
            return _held(self.until)
        if self.reason is Reason.LOCKED:
            return _locked(self.until, self.after)
        if self.reason is Reason.DEVICES:
            return devices.sentence(self.devices)
        if self.allowed and self.until:
            return _("有效期到 %(day)s。") % {"day": date_format(timezone.localtime(self.until), "DATE_FORMAT")}
        return _sentence(self.reason)

    def _ways_said(self) -> str:
        if not self.offers:
            return _("这里没有对你开放，现在也没有可买的套餐。有疑问请联系书院。")
        if not self.has_plans:
            return _("这里要单买才能听。")
        is_sold_alone = any(not offer.goods.startswith("plan:") for offer in self.offers)
        return _("这里要开通会员，或者单买这门课才能听。") if is_sold_alone else _("这里要开通会员才能听。")


def access(person: User | AnonymousUser, need: Need) -> Answer:
    """Whether `person` may open it. At most one query for whoever may; offers are only looked up for the others."""
    if person.is_authenticated and not person.is_active:
        return Answer(allowed=False, reason=Reason.BANNED)
    reason = _without_grants(person, need)
    if reason:
        return Answer(allowed=True, reason=reason)
    if isinstance(person, AnonymousUser):
        return _closed(Reason.SIGN_IN, need)
    return _on_this_device(person, _by_grants(person, need))


def opened(person: User | AnonymousUser, needs: Iterable[Need], *, uncounted: bool = False) -> set[str]:
    """The scopes of those that `access` would let this person open, asked of all at once: in two queries, however many.

    `uncounted`: only what they may use on any number of devices, and at any number of places.
    """
    if not isinstance(person, User) or not person.is_active:
        return set()
    facts = ("scope", "tier__rank", "tier__max_devices", "tier__max_streams")
    rights = [Right(*row) for row in Grant.objects.of(person).in_force().values_list(*facts)]
    is_crowded = cache(lambda most: bool(devices.in_the_way(person, most)))
    return {need.scope for need in needs if _opened(person, need, rights, is_crowded, uncounted=uncounted)}


class Right(NamedTuple):
    scope: str
    rank: int | None
    devices: int | None
    streams: int | None


def _opened(
    person: User, need: Need, rights: Sequence[Right], is_crowded: Callable[[int], bool], *, uncounted: bool
) -> bool:
    if _without_grants(person, need):
        return True
    fitting = [right for right in rights if _fits(need, right.scope, right.rank)]
    most = _most(right.devices for right in fitting)
    if uncounted and (most or _most(right.streams for right in fitting)):
        return False
    return bool(fitting) and not is_crowded(most)


def _fits(need: Need, scope: str, rank: int | None) -> bool:
    if rank is None:
        return scope == need.scope
    return need.tier_rank is not None and rank >= need.tier_rank


def _without_grants(person: User | AnonymousUser, need: Need) -> Reason | None:
    if need.is_free or (need.tier_rank == 0 and person.is_authenticated):
        return Reason.FREE
    if person.pk and person.pk == need.taught_by:
        return Reason.TEACHES
    return Reason.STAFF if person.is_staff else None


def _by_grants(person: User, need: Need) -> Answer:
    lasting = grants_for(person, need).exclude(ends_at__lte=clock.now())  # what is over only matters to a refusal
    grants = list(lasting.values_list("starts_at", "ends_at", "scope", "tier__max_devices", "tier__max_streams"))
    path = follow(right[:3] for right in grants)
    opens = [right[3:] for right, weight in zip(grants, path.weights, strict=True) if weight is Weight.OPENS]
    most, streams = _most(devices for devices, _ in opens), _most(streams for _, streams in opens)
    if path.reach is None or path.reach > path.now:
        return Answer(allowed=True, reason=path.reason, until=path.reach, most=most, streams=streams)
    if _waits(person, need):
        return Answer(allowed=False, reason=Reason.PAUSED)
    return _over(person, need)


def _over(person: User, need: Need) -> Answer:
    """What someone had tells whether to renew it, to pay its next part, or to begin."""
    had = grants_for(person, need).filter(ends_at__lte=clock.now())
    in_parts = had.order_by(F("instalment").desc(nulls_last=True)).values_list("instalment", flat=True)[:1]
    for instalment in Instalment.objects.going().filter(pk__in=filter(None, in_parts)):
        return Answer(allowed=False, reason=Reason.UNPAID, offers=[next_part(instalment)])
    return _closed(Reason.EXPIRED if in_parts else Reason.NEVER, need)


def _most(mosts: Iterable[int | None]) -> int:
    """Of several rights that open it now the most generous counts; what was bought singly has no limit."""
    known = [most or 0 for most in mosts]
    return max(known) if known and all(known) else 0


def _on_this_device(person: User, answer: Answer) -> Answer:
    crowd = devices.in_the_way(person, answer.most) if answer.allowed else []
    return Answer(allowed=False, reason=Reason.DEVICES, devices=crowd) if crowd else answer


def _waits(person: User, need: Need) -> bool:
    pause = paused(person) if need.tier_rank is not None else None
    return pause is not None and need.tier_rank is not None and pause.tier.rank >= need.tier_rank


def grants_for(person: User, need: Need) -> GrantQuerySet:
    """Those that open it, now or at another time, in the order in which `follow` wants them."""
    standing = Grant.objects.of(person).standing()
    return standing.opening(scope=need.scope, tier_rank=need.tier_rank).order_by("starts_at", "pk")


class Weight(StrEnum):
    """What one grant does for an answer: it opens now, follows one that does, begins after a gap, or is over."""

    OPENS = "opens"
    FOLLOWS = "follows"
    LATER = "later"
    ENDED = "ended"


@dataclass
class Path:
    """Grants from now on, each beginning before the last one ends: where they stop (`reach`; None: never), and why."""

    now: datetime
    reach: datetime | None
    reason: Reason = Reason.TIER
    weights: list[Weight] = field(default_factory=list)

    def take(self, starts_at: datetime, ends_at: datetime | None, scope: str) -> None:
        weight = self._weigh(starts_at, ends_at)
        self.weights.append(weight)
        if self.reach is None or weight not in {Weight.OPENS, Weight.FOLLOWS}:
            return
        if scope and (weight is Weight.OPENS or ends_at is None):
            self.reason = Reason.BOUGHT
        self.reach = max(self.reach, ends_at) if ends_at else None

    def _weigh(self, starts_at: datetime, ends_at: datetime | None) -> Weight:
        if ends_at and ends_at <= self.now:
            return Weight.ENDED
        if starts_at <= self.now:
            return Weight.OPENS
        return Weight.FOLLOWS if self.reach is None or starts_at <= self.reach else Weight.LATER


def follow(rights: Iterable[tuple[datetime, datetime | None, str]]) -> Path:
    """(starts_at, ends_at, scope) of grants, the one that starts first first."""
    now = clock.now()
    path = Path(now, now)
    for starts_at, ends_at, scope in rights:
        path.take(starts_at, ends_at, scope)
    return path


def _closed(reason: Reason, need: Need) -> Answer:
    return Answer(allowed=False, reason=reason, offers=offers_for(need))


def _held(until: datetime) -> str:
    if until <= clock.now():
        return _("这一讲还没有讲完。录音一好，就放给你们群。")
    return _("这一讲在 %(when)s 放给你们群听，是录播。到时候再来这一页。") % {
        "when": date_format(timezone.localtime(until), "DATETIME_FORMAT")
    }


def _locked(until: datetime | None, after: str) -> str:
    facts = {"when": clock.spoken(until) if until else "", "title": after}
    if until and after:
        return _("这一节 %(when)s 以后开放，还要先学完《%(title)s》。") % facts
    return (_("这一节 %(when)s 开放。") if until else _("学完《%(title)s》，这一节就开放。")) % facts


def _sentence(reason: Reason) -> str:
    return {
        Reason.FREE: _("这里免费，直接听。"),
        Reason.TEACHES: _("这是你讲的课。"),
        Reason.STAFF: _("你是书院的工作人员，都能听。"),
        Reason.TIER: _("你的会员能听这里。"),
        Reason.BOUGHT: _("这门课是你的，随时能听。"),
        Reason.SIGN_IN: _("请先登录。已经开通的，登录后就能听。"),
        Reason.PAUSED: _("你的会员在暂停，恢复以后马上能听。"),
        Reason.UNPAID: _("分期的这一期还没付，宽限也过了。付上马上能接着听。"),
        Reason.EXPIRED: _("你的权益已经到期，续上就能接着听。"),
        Reason.BANNED: _("这个邮箱已停用。有疑问请联系书院。"),
    }[reason]

"""Why someone may, or may not, open a thing: the rules of `membership.access`, said one by one."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from membership.access import Answer, Need, Reason, Weight, access, follow, grants_for
from membership.models import Grant, Instalment, Tier
from web.templatetags.web import money


class Passed(StrEnum):
    """Why a grant was not looked at: taken back, gone into an upgrade, a tier below what is needed, or something else."""

    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    LOWER = "lower"
    OTHER = "other"


@dataclass(frozen=True)
class Step:
    """One question that is asked before any grant; `decides` when its finding is the answer."""

    question: str
    finding: str
    decides: bool = False


@dataclass(frozen=True)
class Weighed:
    """One grant of the person, and what it does for the answer."""

    grant: Grant
    weight: Weight | Passed

    @property
    def counts(self) -> bool:
        return self.weight in {Weight.OPENS, Weight.FOLLOWS}

    @property
    def sentence(self) -> str:
        said = SENTENCES[self.weight](self.grant)
        return f"{said}{_in_parts(self.grant.instalment)}" if self.grant.instalment else said


@dataclass(frozen=True)
class Explanation:
    """The answer of `access`, and how it came about."""

    answer: Answer
    steps: list[Step]
    weighed: list[Weighed] = field(default_factory=list)

    @property
    def opens(self) -> bool:
        """What the steps and the grants say together, without asking `access`."""
        signed_in, *others = self.steps
        is_open = any(step.decides for step in others) or any(one.weight is Weight.OPENS for one in self.weighed)
        return is_open and not signed_in.decides


def explain(person: User | AnonymousUser, need: Need) -> Explanation:
    """The same answer as `access`, with every step to it and every grant that was, or was not, considered."""
    answer = access(person, need)
    weighed = [] if isinstance(person, AnonymousUser) else _weighed(person, need)
    return Explanation(answer, _steps(person, need, answer), weighed)


def _steps(person: User | AnonymousUser, need: Need, answer: Answer) -> list[Step]:
    """Signing in first: it keeps people out, the others let them in. What decides is what the answer gives as its reason."""
    reason = answer.reason
    return [
        Step(_("登录了吗"), _who(person), not answer.allowed and not (person.is_authenticated and person.is_active)),
        Step(_("免费吗"), _free(need), reason is Reason.FREE),
        Step(_("是讲师吗"), _("这门课由他讲。") if _teaches(person, need) else _("不是。"), reason is Reason.TEACHES),
        Step(_("是书院的人吗"), _role(person), reason is Reason.STAFF),
        Step(_("要什么才能开"), _needed(need)),
    ]


def _weighed(person: User, need: Need) -> list[Weighed]:
    opening = list(grants_for(person, need))
    path = follow((grant.starts_at, grant.ends_at, grant.scope) for grant in opening)
    weights = {grant.pk: weight for grant, weight in zip(opening, path.weights, strict=True)}
    every = Grant.objects.of(person).select_related("tier", "instalment").order_by("starts_at", "pk")
    return [Weighed(grant, weights.get(grant.pk) or _passed(grant, need)) for grant in every]


def _passed(grant: Grant, need: Need) -> Passed:
    if grant.withdrawn_at:
        return Passed.WITHDRAWN
    if grant.replaced_by:
        return Passed.REPLACED
    return Passed.LOWER if grant.tier_id and need.tier_rank is not None else Passed.OTHER


def _who(person: User | AnonymousUser) -> str:
    if isinstance(person, AnonymousUser):
        return _("没有登录。")
    who = {"name": person.display_name, "email": person.email}
    return _("%(name)s（%(email)s）。") % who if person.is_active else _("%(name)s（%(email)s），账号已停用。") % who


def _free(need: Need) -> str:
    if need.is_free:
        return _("免费，或者是试听，谁都能听。")
    return _("登录就能听。") if need.tier_rank == 0 else _("不免费，也不是试听。")


def _teaches(person: User | AnonymousUser, need: Need) -> bool:
    return bool(person.pk) and person.pk == need.taught_by


def _role(person: User | AnonymousUser) -> str:
    if isinstance(person, AnonymousUser):
        return _("不是。")
    role = person.get_role_display()
    return (
        _("%(role)s，都能听。") % {"role": role} if person.is_staff else _("%(role)s，不因此就能听。") % {"role": role}
    )


def _needed(need: Need) -> str:
    ways = []
    if need.tier_rank is not None:
        tiers = Tier.objects.filter(rank__gte=need.tier_rank).order_by("rank")
        ways.append(_("会员：%(tiers)s") % {"tiers": "、".join(tier.name for tier in tiers)})
    if need.course_goods:
        ways.append(_("单买：%(price)s") % {"price": money(need.course_price, need.currency)})
    return "；".join(ways) or _("没有会员能开，也不单卖。")


def _opens(grant: Grant) -> str:
    return _("算。没有期限。") if grant.ends_at is None else _("算。到 %(end)s。") % _days(grant)


def _other(grant: Grant) -> str:
    return _("不算：会员不包含这门课。") if grant.tier_id else _("不算：开的是另一门课。")


def _in_parts(instalment: Instalment) -> str:
    facts: dict[str, Any] = {"parts": instalment.parts, "paid": len(instalment.paid), "n": instalment.next}
    if instalment.next is None:
        return _("分 %(parts)s 期买的，已付清。") % facts
    if instalment.is_over:
        return _("分 %(parts)s 期买的，付了 %(paid)s 期，已经结束。") % facts
    facts["day"] = date_format(timezone.localtime(instalment.next_due), "DATE_FORMAT")
    return _("分 %(parts)s 期买的，付了 %(paid)s 期；第 %(n)s 期 %(day)s 到期。") % facts


def _days(grant: Grant) -> dict[str, str]:
    moments = {"start": grant.starts_at, "end": grant.ends_at, "withdrawn": grant.withdrawn_at}
    return {
        name: date_format(timezone.localtime(moment), "DATETIME_FORMAT") for name, moment in moments.items() if moment
    }


SENTENCES = {
    Weight.OPENS: _opens,
    Weight.FOLLOWS: lambda grant: _("算。%(start)s 接着前一份。") % _days(grant),
    Weight.LATER: lambda grant: _("还不算：%(start)s 才开始。") % _days(grant),
    Weight.ENDED: lambda grant: _("不算：%(end)s 已经到期。") % _days(grant),
    Passed.WITHDRAWN: lambda grant: _("不算：%(withdrawn)s 收回了。") % _days(grant),
    Passed.REPLACED: lambda grant: _("不算：已经抵进升级里了。"),
    Passed.LOWER: lambda grant: _("不算：等级不够。"),
    Passed.OTHER: _other,
}

"""Whom an editor looks as, and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.models import Cohort
from courses.models.drip import at_home
from membership.models import Tier
from web import clock

ANONYMOUS, SIGNED_IN, BOUGHT, LAPSED, TEACHER = "anonymous", "signed_in", "bought", "lapsed", "teacher"
PEOPLE = {
    ANONYMOUS: gettext_lazy("没有登录的人"),
    SIGNED_IN: gettext_lazy("登录了，什么都没有买"),
    BOUGHT: gettext_lazy("单买了这门课"),
    LAPSED: gettext_lazy("买过，已经到期"),
    TEACHER: gettext_lazy("这门课的讲师"),
}
FIRST_YEAR, LAST_YEAR = 2000, 2100  # to look at
KEPT_AS = "looked_as"  # in the session: the choice of last time


@dataclass(frozen=True)
class Look:
    """`who` is one of PEOPLE, or ``tier:<id>`` and then `tier` too. They joined at `joined` and look at `at`."""

    who: str
    at: datetime
    joined: datetime
    tier: Tier | None = None
    cohort: Cohort | None = None
    has_finished: bool = False

    @property
    def is_somebody(self) -> bool:
        """Not a stranger, and not the teacher, who is who they are."""
        return self.who not in {ANONYMOUS, TEACHER}

    @property
    def sentence(self) -> str:
        """Who looks, and when, for the head of the page."""
        who = str(self.tier.name if self.tier else PEOPLE[self.who])
        parts = [who, _("群：%(name)s") % {"name": self.cohort.name} if self.cohort and self.is_somebody else ""]
        if self.is_somebody:
            parts.append(_("%(when)s 加入") % {"when": clock.spoken(self.joined, with_year=True)})
            parts.append(_("前面的都学完了") if self.has_finished else "")
        zone = timezone.get_default_timezone_name()
        parts.append(
            _("看的时刻：%(when)s（%(zone)s）") % {"when": clock.spoken(self.at, with_year=True), "zone": zone}
        )
        return " · ".join(filter(None, parts))


def _in_our_time(moment: datetime) -> None:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValidationError(_("年份要在 %(first)s 到 %(last)s 之间。") % {"first": FIRST_YEAR, "last": LAST_YEAR})


class LookForm(forms.Form):
    """Every field may be left empty: then it is a stranger, now."""

    who = forms.ChoiceField(label=gettext_lazy("以谁的身份"), required=False)
    cohort = forms.ModelChoiceField(
        Cohort.objects.all(), label=gettext_lazy("在哪个群"), required=False, empty_label=gettext_lazy("不在群里")
    )
    joined = forms.DateTimeField(
        label=gettext_lazy("什么时候加入的"),
        required=False,
        validators=[_in_our_time],
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("空 = 开课那天；还没开课，或者不在群里，就是看的那一刻"),
    )
    at = forms.DateTimeField(
        label=gettext_lazy("看的时刻"),
        required=False,
        validators=[_in_our_time],
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("空 = 现在"),
    )
    finished = forms.BooleanField(label=gettext_lazy("前面的小节都学完了"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tiers = [(f"tier:{tier.pk}", tier.name) for tier in Tier.objects.filter(rank__gt=0)]
        people = list(PEOPLE.items())
        self.fields["who"].choices = [*people[:2], *tiers, *people[2:]]  # type: ignore[attr-defined]

    def look(self) -> Look:
        """What was chosen; of a form that was filled in badly, what of it can be understood."""
        self.full_clean()
        said = self.cleaned_data if self.is_bound else {}
        who, cohort = said.get("who") or ANONYMOUS, said.get("cohort")
        at = said.get("at") or timezone.now()
        tier = Tier.objects.filter(pk=who[5:]).first() if who.startswith("tier:") else None
        joined = said.get("joined") or _usual_joining(at, cohort)
        return Look(who, at, joined, tier, cohort, bool(said.get("finished")))


def _usual_joining(at: datetime, cohort: Cohort | None) -> datetime:
    if cohort and cohort.starts_on:
        return min(at, at_home(cohort.starts_on, datetime.min.time()))
    return at


def remembered(session: Any) -> Look:
    """As last time; a stranger now for who has not looked before."""
    return LookForm(session.get(KEPT_AS) or {}).look()

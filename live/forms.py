"""What the host fills in on the relay pages."""

from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models import Cohort, Segment, Tag
from cohorts.models.cohort import CohortQuerySet
from courses.models import Course
from live.access import may_relay_anywhere, relayable
from web.fields import Several


class ChooseForm(forms.Form):
    """Cohorts by tag, course and segment; nothing filled in is all of them. Each filled-in line narrows the choice."""

    q = forms.CharField(required=False, max_length=60, label=_("群名"))
    tag = Several(Tag.objects.all(), required=False, label=_("标签"), widget=forms.CheckboxSelectMultiple)
    course = Several(Course.objects.none(), required=False, label=_("课程"), widget=forms.CheckboxSelectMultiple)
    segment = forms.ModelChoiceField(Segment.objects.all(), required=False, label=_("分组"), empty_label=_("不用分组"))

    data: QueryDict

    def __init__(self, data: QueryDict, *, by: User) -> None:
        super().__init__(data)
        self.by = by
        courses = Course.objects.order_by("title")
        mine = courses if may_relay_anywhere(by) else courses.filter(instructor=by)
        self.fields["course"].queryset = mine.filter(cohorts__isnull=False).distinct()  # type: ignore[attr-defined]

    def cohorts(self) -> CohortQuerySet:
        """Those the choice finds, of those one may relay to; none while it cannot be understood."""
        if not self.is_valid():
            return Cohort.objects.none()
        chosen, found = self.cleaned_data, relayable(self.by)
        if chosen["q"]:
            found = found.filter(name__icontains=chosen["q"])
        if chosen["tag"]:
            found = found.tagged(chosen["tag"])
        if chosen["course"]:
            found = found.learning(chosen["course"])
        if chosen["segment"]:
            found = found.in_segment(chosen["segment"])
        return found

    @property
    def lines(self) -> list[forms.BoundField]:
        """What is ticked rather than written."""
        return [self["tag"], self["course"]]

    @property
    def is_empty(self) -> bool:
        return not any(self.cleaned_data.values()) if self.is_valid() else False

    @property
    def query(self) -> str:
        """The choice as an address says it."""
        return urlencode(self.pairs)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The choice as hidden fields of another form."""
        return [(name, value) for name in self.fields for value in self.data.getlist(name) if value]


class HourForm(forms.Form):
    """A cohort's own hour, in the school's time."""

    starts_at = forms.DateTimeField(
        label=_("几点放"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )


class GroupForm(forms.Form):
    """A bot in a group on another platform. Its address is taken once and never shown again."""

    name = forms.CharField(label=_("群名"), max_length=60)
    address = forms.CharField(label=_("机器人地址"), max_length=400)
    secret = forms.CharField(label=_("加签密钥（钉钉，没有就空着）"), max_length=120, required=False)
    cohort = forms.CharField(label=_("属于哪个群"), max_length=60, required=False)

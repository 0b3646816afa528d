"""What staff say when a lesson is to open for somebody at another time."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.widgets import AdminDateTimeInput

from accounts.models import User
from cohorts.models import Cohort
from courses.forms import choices_in
from courses.models import Course, Lesson, Override
from courses.models.drip import MOST_DAYS
from courses.overriding import Report, give_exceptions, take_back
from membership.forms import addresses
from web.fields import Several


class ExceptionsForm(forms.Form):
    """Which lesson, for whom, how, and why."""

    what = forms.ChoiceField(label=_("哪一节"))
    emails = forms.CharField(
        label=_("邮箱"), required=False, widget=forms.Textarea({"rows": 5}), help_text=_("一行一个；可以整张表贴进来。")
    )
    cohorts = Several(
        Cohort.objects.all(), label=_("或者给整个群"), required=False, widget=forms.CheckboxSelectMultiple
    )
    how = forms.ChoiceField(label=_("怎么改"), choices=Override.How.choices)
    at = forms.DateTimeField(
        label=_("时刻"), required=False, widget=AdminDateTimeInput, help_text=_("只用于“改到某个时刻”")
    )
    days = forms.IntegerField(
        label=_("天数"),
        required=False,
        min_value=-MOST_DAYS,
        max_value=MOST_DAYS,
        help_text=_("只用于“提前或推后几天”：-3 是提前三天，7 是推后一周"),
    )
    reason = forms.CharField(label=_("为什么"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        courses = Course.objects.prefetch_related("lessons").order_by("title")
        self.fields["what"].choices = [(course.title, choices_in(course)) for course in courses]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        said["emails"] = addresses(said.get("emails") or "")
        if not said["emails"] and not said.get("cohorts") and "cohorts" not in self.errors:
            self.add_error("emails", _("写上邮箱，或者选一个群。"))
        self._clean_when(said)
        return said

    def _clean_when(self, said: dict[str, Any]) -> None:
        how = said.get("how")
        if how == Override.How.MOMENT and not said.get("at") and "at" not in self.errors:
            self.add_error("at", _("改到什么时刻？"))
        if how == Override.How.SHIFT and not said.get("days") and "days" not in self.errors:
            self.add_error("days", _("提前或推后几天？"))
        said["at"] = said.get("at") if how == Override.How.MOMENT else None
        said["days"] = said.get("days") if how == Override.How.SHIFT else None

    def give(self, *, by: User, only_count: bool) -> Report:
        facts = {name: self.cleaned_data[name] for name in ("emails", "cohorts", "how", "at", "days", "reason")}
        kind, _colon, number = self.cleaned_data["what"].partition(":")
        lesson = Lesson.objects.select_related("course__tier").get(pk=number) if kind == "lesson" else None
        course = lesson.course if lesson else Course.objects.select_related("tier").get(pk=number)
        return give_exceptions(course=course, lesson=lesson, by=by, only_count=only_count, **facts)


class OverrideForm(WagtailAdminModelForm):
    """One that was given is only read, or taken back."""

    instance: Override
    is_withdrawn = forms.BooleanField(
        label=_("收回"), required=False, help_text=_("收回后照小节自己的规则；已经学完的不会再锁上。")
    )

    class Meta:
        model = Override
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["is_withdrawn"]
        field.initial = field.disabled = self.instance.withdrawn_at is not None

    def save(self, commit: bool = True) -> Override:
        if self.cleaned_data["is_withdrawn"]:
            self.instance = take_back(override=self.instance)
        return self.instance

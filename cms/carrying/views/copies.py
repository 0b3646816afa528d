"""A course once more: its new title, and by how much its dates move."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.admin.widgets import AdminDateInput

from cms.carrying.cloning import bytes_of, clone_course, copy_title, first_day
from cms.carrying.errors import CarryRefused
from cms.carrying.reading import read_course
from cms.carrying.tasks import clone
from cms.carrying.views.back import AT_ONCE
from cms.carrying.views.desk import course_of, screen
from cms.carrying.writing import check_may

MOST_DAYS = 3650


class CopyForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("新课的题目"), max_length=120)
    starts_on = forms.DateField(label=gettext_lazy("新的第一天"), required=False, widget=AdminDateInput)
    days = forms.IntegerField(
        label=gettext_lazy("或者，日期往后移几天"), required=False, min_value=-MOST_DAYS, max_value=MOST_DAYS
    )

    def __init__(self, *args: Any, first: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first = first
        if first:
            said = _("现在的第一天是 %(day)s。不填就不移。") % {"day": date_format(first)}
        else:
            said = _("这门课里没有日期，不用填。")
        self.fields["starts_on"].help_text = said

    def clean(self) -> dict[str, Any]:
        """`days`, whichever way it was said."""
        facts: dict[str, Any] = super().clean() or {}
        starts_on, days = facts.get("starts_on"), facts.get("days")
        if starts_on and days:
            raise ValidationError(_("“新的第一天”和“移几天”填一个就好。"))
        if starts_on and self.first:
            days = (starts_on - self.first).days
        return facts | {"days": days or 0}


@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    page = course_of(request, pk)
    facts = read_course(page)
    form = CopyForm(request.POST or None, first=first_day(facts), initial={"title": copy_title(facts.course.title)})
    if request.method == "POST" and form.is_valid():
        try:
            return _copied(request, page, facts, form)
        except CarryRefused as refused:
            form.add_error(None, refused.sentences)
    status = 422 if form.errors else 200
    return screen(request, "copy", title=_("复制成新课"), icon="copy", page=page, form=form, facts=facts, status=status)


def _copied(request: HttpRequest, page: Any, facts: Any, form: CopyForm) -> HttpResponse:
    who: Any = request.user
    title, days = form.cleaned_data["title"], form.cleaned_data["days"]
    check_may(who, None)
    if bytes_of(facts) > AT_ONCE:
        clone.enqueue(page.pk, who.pk, title, days)
        messages.success(
            request, _("后台正在复制《%(title)s》，素材多，要一会儿。好了就出现在课程目录里。") % {"title": title}
        )
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    new = clone_course(page=page, by=who, title=title, days=days)
    messages.success(request, _("《%(title)s》复制好了，都是草稿。") % {"title": new.title})
    return redirect(f"{reverse('wagtailadmin_explore', args=[new.pk])}?ordering=ord")  # as learners meet them

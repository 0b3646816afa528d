"""Find words in a course, tick the places, replace them there."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from cms.carrying.errors import CarryRefused
from cms.carrying.replacing import MOST, Search, find, replace_words
from cms.carrying.views.desk import course_of, screen
from cms.models import CoursePage


class WordsForm(forms.Form):
    words = forms.CharField(label=gettext_lazy("查找"), max_length=200, strip=False)
    new = forms.CharField(label=gettext_lazy("换成"), max_length=200, required=False, strip=False)
    is_loose = forms.BooleanField(label=gettext_lazy("不分大小写"), required=False)

    def search(self) -> Search:
        facts = self.cleaned_data
        return Search(facts["words"], facts["new"], not facts["is_loose"])


@require_http_methods(["GET", "HEAD", "POST"])
def words(request: HttpRequest, pk: int) -> HttpResponse:
    """GET looks, POST replaces what is ticked."""
    page = course_of(request, pk)
    asked = request.POST if request.method == "POST" else request.GET
    form = WordsForm(asked if "words" in asked else None)
    if not form.is_valid():
        return screen(request, "words", title=_("查找替换"), icon="search", page=page, form=form)
    if request.method == "POST":
        refused = _replaced(request, page, form.search())
        if refused is None:
            return redirect("wagtailadmin_explore", page.pk)
        messages.error(request, "\n".join(refused.sentences))
    return _found(request, page, form)


def _found(request: HttpRequest, page: CoursePage, form: WordsForm) -> HttpResponse:
    hits, seen = find(page=page, search=form.search())
    ticked = set(request.POST.getlist("hit")) if request.method == "POST" else {hit.key for hit in hits}
    return screen(
        request,
        "words",
        title=_("查找替换"),
        icon="search",
        page=page,
        form=form,
        hits=hits,
        ticked=ticked,
        seen=seen,
        is_cut=len(hits) == MOST,
        status=422 if request.method == "POST" else 200,
    )


def _replaced(request: HttpRequest, page: CoursePage, search: Search) -> CarryRefused | None:
    who: Any = request.user
    chosen = set(request.POST.getlist("hit"))
    try:
        done = replace_words(page=page, search=search, chosen=chosen, seen=request.POST.get("seen", ""), by=who)
    except CarryRefused as refused:
        return refused
    said = _("换好了，改了 %(n)s 页。要撤回，在那一页的历史里回到上一版。") % {"n": done.pages}
    if done.drafts:
        said += _("这几页还是草稿：%(titles)s。") % {"titles": "、".join(done.drafts)}
    messages.success(request, said)
    return None

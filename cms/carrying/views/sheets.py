"""The lessons of a course as a table, and its questions as another: out, and in by way of a comparison."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cms.carrying import questions as quizzes
from cms.carrying import services, tables
from cms.carrying.views.back import on_disk
from cms.carrying.views.desk import course_of, screen
from cms.models import Parcel
from web.sheets import sheet


class TableForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("改好的表格 (.csv)"), widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"})
    )

    def __init__(self, *args: Any, said: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = said


SAID = {
    Parcel.Kind.LESSONS: gettext_lazy(
        "UTF-8 或 GBK 都行。表格里没有的列和小节保持原样；id 空着的行是新的小节。先看对比，什么都不会马上改。"
    ),
    Parcel.Kind.QUESTIONS: gettext_lazy(
        "一行一道题。表格里有的测验，题目和顺序都照表格；表格里没有的测验保持原样。先看对比，什么都不会马上改。"
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def sheets(request: HttpRequest, pk: int) -> HttpResponse:
    """Two forms, each with a file of its own; the button says which table was sent."""
    page = course_of(request, pk)
    sent = _kind(request)
    files = {kind: request.FILES if kind == sent else None for kind in SAID}
    forms_ = {kind: TableForm(files[kind], files[kind], prefix=kind, said=said) for kind, said in SAID.items()}
    form = forms_[Parcel.Kind(sent)] if sent else None
    if form and form.is_valid():
        file, who = form.cleaned_data["file"], _anyone(request)
        with on_disk(file) as path:
            parcel = services.receive(path=path, name=file.name or "", kind=sent, by=who, page=page)
        return redirect("carrying_parcel", parcel.uuid)
    status = 422 if sent else 200
    return screen(request, "sheets", title=_("表格"), icon="table", page=page, forms=forms_, status=status)


def _kind(request: HttpRequest) -> str:
    if request.method != "POST":
        return ""
    said = request.POST.get("kind", "")
    return said if said in SAID else str(Parcel.Kind.LESSONS)


def _anyone(request: HttpRequest) -> Any:
    return request.user


@require_safe
def lessons(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    page = course_of(request, pk)
    return sheet(request, name=f"lessons-{page.pk}", lines=tables.lines(page))


@require_safe
def questions(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    page = course_of(request, pk)
    return sheet(request, name=f"questions-{page.pk}", lines=quizzes.lines(page))

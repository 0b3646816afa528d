"""Carrying a course in: send the file, see what would change, say yes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from cms.carrying import services
from cms.carrying.errors import CarryRefused
from cms.carrying.tasks import carry
from cms.carrying.views.desk import course_of, screen
from cms.models import CourseIndex, CoursePage, Parcel
from media.errors import StoreUnreachable
from media.store import store

AT_ONCE = 24 << 20  # bytes; more is for the worker
LOOK_AGAIN = 2  # seconds


class PackageForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("课程文件 (.zip)"),
        help_text=gettext_lazy("从“导出”得来的文件，或者照着 docs/course-format.md 写的。先看对比，什么都不会马上改。"),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """`pk`: the course whose page the way in was on; what the file is about, the file says."""
    page = course_of(request, pk) if pk else None
    if not page:
        _check_may_add(request)
    form = PackageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        parcel = _received(request, form.cleaned_data["file"], page)
        return redirect("carrying_parcel", parcel.uuid)
    status = 200 if request.method != "POST" else 422
    return screen(request, "send", title=_("导入一门课"), icon="upload", page=page, form=form, status=status)


def _check_may_add(request: HttpRequest) -> None:
    index = CourseIndex.objects.first()
    if index is None or not index.permissions_for_user(request.user).can_add_subpage():
        raise PermissionDenied


def _received(request: HttpRequest, file: UploadedFile, page: CoursePage | None) -> Parcel:
    with on_disk(file) as path:
        who: Any = request.user
        return services.receive(path=path, name=file.name or "", kind=Parcel.Kind.COURSE, by=who, page=page)


@contextmanager
def on_disk(file: UploadedFile) -> Iterator[Path]:
    """Django keeps only what is large in a file of its own."""
    if isinstance(file, TemporaryUploadedFile):
        yield Path(file.temporary_file_path())
        return
    with tempfile.TemporaryDirectory(prefix="carry-") as folder:
        path = Path(folder, "sent")
        path.write_bytes(file.read())
        yield path


@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The dry run; then how far it is; then how it went."""
    parcel = get_object_or_404(Parcel, uuid=uuid, by=request.user)
    if request.method == "POST" and "forget" in request.POST:
        services.put_away(parcel=parcel)
        return redirect("wagtailadmin_explore_root")
    if request.method == "POST" and parcel.state != Parcel.State.DONE:
        return _begin(request, parcel)
    if parcel.state == Parcel.State.DONE:
        return screen(request, "done", title=_("导入好了"), icon="check", parcel=parcel)
    if parcel.state == Parcel.State.RUNNING:
        response = screen(request, "running", title=_("正在导入"), icon="upload", parcel=parcel)
        response["Refresh"] = str(LOOK_AGAIN)
        return response
    return _compared(request, parcel)


def _compared(request: HttpRequest, parcel: Parcel) -> HttpResponse:
    title = _("导入之前：会改什么")
    try:
        with services.unwrapped(parcel) as coming:
            found = services.preview(coming=coming, by=parcel.by)
    except (CarryRefused, StoreUnreachable) as refused:
        sentences = getattr(refused, "sentences", [_("存储暂时连不上，请过一会儿再试。")])
        return screen(
            request,
            "refused",
            title=_("这个文件不能导入"),
            icon="warning",
            parcel=parcel,
            sentences=sentences,
            status=422,
        )
    return screen(
        request, "compare", title=title, icon="upload", page=found.target, parcel=parcel, found=found, diff=found.diff
    )


def _begin(request: HttpRequest, parcel: Parcel) -> HttpResponse:
    """Small ones now, big ones by the worker. What came to nothing says why above the comparison, made anew."""
    seen = request.POST.get("seen", "")
    if not services.begin(parcel=parcel):
        return redirect("carrying_parcel", parcel.uuid)
    if store().size(key=parcel.key) > AT_ONCE:
        carry.enqueue(parcel.pk, seen)
        return redirect("carrying_parcel", parcel.uuid)
    try:
        page = services.take_in(parcel=parcel, seen=seen)
    except CarryRefused as refused:
        messages.error(request, str(refused))
        return redirect("carrying_parcel", parcel.uuid)
    messages.success(request, _("《%(title)s》导入好了，都是草稿。") % {"title": page.title})
    return redirect(f"{reverse('wagtailadmin_explore', args=[page.pk])}?ordering=ord")  # as learners meet them

"""The learner's side: what was asked and handed in on a page of its own, and everything that can be done with it."""

from collections.abc import Callable, Iterator

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.requests import PersonRequest, login_required
from courses.access import may_open
from courses.errors import CourseRefused, NotOpenToYou, WrittenElsewhere
from courses.homework import writing
from courses.homework.panel import Panel
from courses.models import Attachment, Lesson
from web.limits import Limit, TooMany, too_many

FILES = Limit("homework-files", most=120, seconds=600)
FIELDS = {"pictures": Attachment.Role.PICTURE, "voice": Attachment.Role.VOICE}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def homework(request: PersonRequest, pk: int) -> HttpResponse:
    """Read by whoever may open the lesson or once handed in something; a membership that ended takes nothing away."""
    lesson = _lesson(request, pk)
    if request.method != "POST":
        return _page(request, Panel.of(request.user, lesson))
    try:
        VERBS.get(_verb(request), _save)(request, lesson)
    except TooMany as refusal:
        too_fast = JsonResponse({"error": refusal.sentence}, status=429)
        return too_fast if _wants_json(request) else too_many(request, refusal)
    except CourseRefused as refusal:
        return _refused(request, lesson, refusal)
    return _told(request, lesson)


def _lesson(request: PersonRequest, pk: int) -> Lesson:
    lesson = get_object_or_404(Lesson.objects.select_related("course__tier", "course__instructor", "homework"), pk=pk)
    panel = Panel.of(request.user, lesson)
    if panel.is_shown or (panel.homework and request.method == "POST" and may_open(request.user, lesson)):
        return lesson
    raise Http404


def _verb(request: PersonRequest) -> str:
    return "drop" if "drop" in request.POST else request.POST.get("do", "save")


def _number(request: PersonRequest, name: str = "number") -> int:
    said = request.POST.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def _files(request: PersonRequest) -> Iterator[tuple[str, UploadedFile]]:
    for name, role in FIELDS.items():
        for uploaded in request.FILES.getlist(name):
            yield role, uploaded


def _add(request: PersonRequest, lesson: Lesson) -> None:
    """Each by itself, so that what is good is kept. Raises the first refusal once all have been tried."""
    refusals: list[CourseRefused] = []
    for role, uploaded in _files(request):
        FILES.spend(request.user.pk)
        try:
            writing.add_file(person=request.user, lesson=lesson, number=_number(request), role=role, uploaded=uploaded)
        except CourseRefused as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]


def _written(request: PersonRequest) -> dict[str, object]:
    return {
        "text": request.POST.get("text", ""),
        "may_show": "may_show" in request.POST,
        "version": request.POST.get("version"),
    }


def _save(request: PersonRequest, lesson: Lesson) -> None:
    facts = _written(request)
    writing.save_draft(person=request.user, lesson=lesson, number=_number(request), **facts)  # type: ignore[arg-type]
    _add(request, lesson)
    _praise(request, _("草稿存好了，还没有交。"))


def _hand_in(request: PersonRequest, lesson: Lesson) -> None:
    if request.FILES:
        _save(request, lesson)
    facts = _written(request)
    one = writing.hand_in(person=request.user, lesson=lesson, number=_number(request), **facts)  # type: ignore[arg-type]
    _praise(request, _("交上去了，算补交。") if one.is_late else _("交上去了，等老师看。"))


def _take_back(request: PersonRequest, lesson: Lesson) -> None:
    writing.take_back(person=request.user, lesson=lesson, number=_number(request))
    _praise(request, _("收回来了，改好再交。"))


def _drop(request: PersonRequest, lesson: Lesson) -> None:
    number = _number(request)
    if "text" in request.POST:
        writing.save_draft(person=request.user, lesson=lesson, number=number, **_written(request))  # type: ignore[arg-type]
    writing.drop_file(person=request.user, lesson=lesson, number=number, attachment_id=_number(request, "drop"))


def _show(request: PersonRequest, lesson: Lesson) -> None:
    writing.let_others_see(person=request.user, lesson=lesson, may=request.POST.get("do") == "show")


VERBS: dict[str, Callable[[PersonRequest, Lesson], None]] = {
    "save": _save,
    "add": _add,
    "drop": _drop,
    "hand_in": _hand_in,
    "take_back": _take_back,
    "show": _show,
    "hide": _show,
}


def _praise(request: PersonRequest, sentence: str) -> None:
    if not _wants_json(request):
        messages.success(request, sentence)


def _wants_json(request: PersonRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _refused(request: PersonRequest, lesson: Lesson, refusal: CourseRefused) -> HttpResponse:
    """With what was typed still in the form."""
    status = 403 if isinstance(refusal, NotOpenToYou) else 409
    elsewhere = refusal if isinstance(refusal, WrittenElsewhere) else None
    if _wants_json(request):
        there = {"elsewhere": {"text": elsewhere.text, "version": elsewhere.version}} if elsewhere else {}
        return JsonResponse({"error": str(refusal)} | there, status=status)
    messages.warning(request, str(refusal))
    panel = Panel.of(request.user, lesson, request.POST.get("text"))
    panel.elsewhere = elsewhere.text if elsewhere else ""
    return _page(request, panel, status)


def _told(request: PersonRequest, lesson: Lesson) -> HttpResponse:
    if not _wants_json(request):
        on_lesson = request.POST.get("on") == "lesson" and lesson.is_out and lesson.url
        panel = Panel.of(request.user, lesson)
        return redirect(f"{lesson.url if on_lesson else panel.url}#homework")
    verb, panel = _verb(request), Panel.of(request.user, lesson)
    if verb == "save":
        return JsonResponse({"saved": panel.version})
    context = panel.context() | {"on_lesson": request.POST.get("on") == "lesson"}
    if verb in {"add", "drop"}:
        saved = {"saved": panel.version} if verb == "drop" and "text" in request.POST else {}
        return JsonResponse({"files": render_to_string("courses/homework/_files.html", context, request)} | saved)
    return JsonResponse({"panel": render_to_string("courses/homework/_panel.html", context, request)})


def _page(request: PersonRequest, panel: Panel, status: int = 200) -> HttpResponse:
    return render(request, "courses/homework/own_page.html", panel.context(), status=status)

"""Notes beside their lesson: as JSON for the page's script, and as a plain form for a page without one."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import PersonRequest
from courses.access import works_on
from courses.errors import CourseRefused, NotOpenToYou
from courses.models import Lesson, Note
from courses.notes import services
from courses.notes.forms import NoteForm, TextForm
from web.limits import Limit, TooMany, too_many
from web.sent import parsed

WRITES = Limit("notes", most=600, seconds=3600)
MOST_BYTES = 32 << 10
UNREAD = {"error": gettext_lazy("这次送来的内容读不出来。")}
LESSONS = Lesson.objects.select_related("course__tier")


def for_people(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A script is told 401, a form is led to the door and back to the lesson."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if isinstance(request.user, User):
            return view(request, *args, **kwargs)
        if request.method != "POST" or _is_json(request):
            return _refusal(_("请先登录，再记笔记。"), 401)
        lesson = Lesson.objects.published().filter(pk=kwargs.get("pk", 0)).first()
        return redirect_to_login(lesson.url if lesson else "/me/notes/")

    return wrapped


@never_cache
@require_http_methods(["GET", "POST"])
@for_people
def of_lesson(request: PersonRequest, pk: int) -> HttpResponse:
    """One's own notes of a lesson, whatever may be opened now; a new one only where it may."""
    if request.method == "GET":
        own = Note.objects.of(request.user).filter(lesson=pk).as_listened()
        return JsonResponse({"notes": [as_json(note) for note in own]})
    return _written(request, lambda said: _new(request, _lesson(request, pk), said))


@never_cache
@require_http_methods(["POST", "PATCH", "DELETE"])
@for_people
def one(request: PersonRequest, uid: UUID) -> HttpResponse:
    """Other words for it, or away with it. Somebody else's is not there."""
    note = get_object_or_404(Note.objects.of(request.user).select_related("lesson__course"), uid=uid)
    if request.method == "DELETE":
        services.throw_away(note=note)
        return HttpResponse(status=204)
    return _written(request, lambda said: _changed(request, note, said))


def as_json(note: Note) -> dict[str, Any]:
    return {
        "uid": str(note.uid),
        "ms": note.ms,
        "quote": note.quote,
        "text": note.text,
        "created_at": note.created_at.isoformat(),
        "updated_at": note.updated_at.isoformat(),
    }


def _lesson(request: PersonRequest, pk: int) -> Lesson:
    """What is not published does not exist but for its makers."""
    lesson = get_object_or_404(LESSONS, pk=pk)
    if not lesson.is_out and not works_on(request.user, lesson.course):
        raise Http404
    return lesson


def _written(request: PersonRequest, write: Callable[[Any], HttpResponse]) -> HttpResponse:
    try:
        WRITES.spend(request.user.pk)
    except TooMany as refusal:
        if not _is_json(request):
            return too_many(request, refusal)
        return _refusal(refusal.sentence, 429, retry_after=refusal.retry_after)
    try:
        said = _said(request)
        if str(said.get("person", request.user.pk)) != str(request.user.pk):  # another signed in here meanwhile
            return _refusal(_("请先登录，再记笔记。"), 401)
        return write(said)
    except (ValueError, RecursionError):
        return JsonResponse(UNREAD, status=400)


def _new(request: PersonRequest, lesson: Lesson, said: Any) -> HttpResponse:
    form = NoteForm(said)
    sentence, status = "", 400
    if form.is_valid():
        try:
            note = services.keep_note(person=request.user, lesson=lesson, **form.facts())
        except NotOpenToYou as refusal:
            sentence, status = str(refusal), 403
        except CourseRefused as refusal:
            sentence, status = str(refusal), 409
        else:
            return _kept(request, note, _("记下了。"), status=201)
    if _is_json(request):
        return _refusal(sentence or _first(form), status)
    return render(
        request, "courses/notes/again.html", {"form": form, "lesson": lesson, "sentence": sentence}, status=status
    )


def _changed(request: PersonRequest, note: Note, said: Any) -> HttpResponse:
    if request.POST.get("do") == "delete":
        services.throw_away(note=note)
        return _back(request, note, _("删掉了这一则。"))
    if "text" not in said:
        raise ValueError
    form = TextForm(said)
    if form.is_valid():
        services.rewrite_note(note=note, text=form.cleaned_data["text"])
        return _kept(request, note, _("改好了。"))
    if _is_json(request):
        return _refusal(_first(form), 400)
    return render(request, "courses/notes/again.html", {"form": form, "note": note, "lesson": note.lesson}, status=400)


def _kept(request: PersonRequest, note: Note, sentence: str, status: int = 200) -> HttpResponse:
    return JsonResponse(as_json(note), status=status) if _is_json(request) else _back(request, note, sentence)


def _back(request: PersonRequest, note: Note, sentence: str) -> HttpResponse:
    """To the lesson, unless it was done on the page of all notes."""
    messages.success(request, sentence)
    if request.POST.get("back") == "all" or not note.lesson.is_out:
        return redirect("notes:mine")
    return redirect(f"{note.lesson.url}#notes")


def _said(request: HttpRequest) -> Any:
    """The fields of a form or of a JSON object. Raises `ValueError` for what is neither."""
    if not _is_json(request):
        return request.POST
    said = parsed(request.body[: MOST_BYTES + 1])  # what is longer is cut, and is no JSON any more
    if not isinstance(said, dict) or any(isinstance(value, list | dict) for value in said.values()):
        raise ValueError
    return said


def _is_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"


def _first(form: NoteForm | TextForm) -> str:
    return next(str(sentences[0]) for sentences in form.errors.values())


def _refusal(sentence: str, status: int, retry_after: int = 0) -> JsonResponse:
    answer = JsonResponse({"error": sentence}, status=status)
    if retry_after:
        answer["Retry-After"] = str(retry_after)
    return answer

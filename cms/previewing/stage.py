"""The draft, really published, shown to a learner who is really there, and all of it taken back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from cms.models import CoursePage, LessonPage
from cms.previewing.doubts import doubts
from cms.previewing.learner import made_of
from cms.previewing.look import Look
from cms.publishing import open_course, open_lesson
from courses.errors import CourseRefused
from courses.models import Course
from web import clock

BANNER = "cms/office/_looked_as.html"


def shown_to(look: Look, page: Any, request: HttpRequest) -> HttpResponse:
    """The page as `look` gets it. Nothing that happens for it stays, and nothing that waits for a commit is done."""
    _cut_pictures(page)
    with _as_before(request), _taken_back():
        try:
            course = _published(page)
        except (CourseRefused, ValidationError) as refusal:
            return _refused(look, request, refusal)
        lesson = page.lesson if isinstance(page, LessonPage) else None
        request.user = made_of(look, course, lesson)
        said = doubts(look, CoursePage.objects.get(course=course), course, lesson)
        request.looked_as = {"template": BANNER, "look": look, "doubts": said}  # type: ignore[attr-defined]
        with clock.at(look.at):
            response: Any = page.serve(request)
            shown: HttpResponse = response.render() if hasattr(response, "render") else response
            return shown


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _as_before(request: HttpRequest) -> Iterator[None]:
    """What runs after the page is shown runs for the editor again."""
    editor = request.user
    try:
        yield
    finally:
        request.user = editor


def _published(page: Any) -> Course:
    """What the button would do: the same verbs write the same facts. A course that is not out yet comes out with its lesson."""
    if page.pk is None:
        _plant(page)
    if isinstance(page, CoursePage):
        return _open(page)
    parent = CoursePage.objects.get(pk=page.get_parent().pk)
    course = parent.course if parent.course and parent.course.is_published else None
    course = course or _open(parent.get_latest_revision_as_object() if parent.latest_revision else parent)
    page.live = True
    open_lesson(instance=page)
    return course


def _open(page: CoursePage) -> Course:
    page.live = True
    open_course(instance=page)
    return Course.objects.get(page=page.pk)


def _plant(page: Any) -> None:
    """A page that is being written has no place in the tree yet."""
    parent = page.get_parent()
    page.path, page.depth = "", None
    parent.add_child(instance=page)


def _cut_pictures(page: Any) -> None:
    """Sizes of pictures are made when they are first shown. Made inside, they would be taken back while a cache knew them."""
    for name in ("body", "about"):
        str(getattr(page, name, ""))


def _refused(look: Look, request: HttpRequest, refusal: Exception) -> HttpResponse:
    said = "".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
    facts = {"look": look, "refusal": said, "request": request, "heading": _("现在还发布不了")}
    return HttpResponse(render_to_string("cms/office/cannot_show.html", facts, request))

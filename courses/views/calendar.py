from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from courses.access import OURS, course_access
from courses.calendar import Opening, course_calendar
from courses.ics import calendar_file
from courses.models import Course
from media.gate import Person


@login_required
@never_cache
@require_safe
def calendar(request: PersonRequest, pk: int) -> HttpResponse:
    """When each lesson opens for this person. Whoever has no right to the course, or owns all of it, is led to its page."""
    course = _course(pk)
    openings = _openings(request.user, course)
    if openings is None:
        return redirect(course.url or "/")
    here = next((one for one in openings if not (one.is_locked or one.is_finished)), None)
    return render(request, "courses/calendar.html", {"course": course, "openings": openings, "here": here})


@login_required
@never_cache
@require_safe
def ics(request: PersonRequest, pk: int) -> HttpResponse:
    """The same for the calendar of a phone."""
    course = _course(pk)
    openings = _openings(request.user, course)
    if openings is None:
        return redirect(course.url or "/")
    name = f'attachment; filename="course-{course.pk}.ics"'
    text = calendar_file(request.user, course, openings)
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers={"Content-Disposition": name})


def _course(pk: int) -> Course:
    return get_object_or_404(Course.objects.published().select_related("tier", "instructor"), pk=pk)


def _openings(person: Person, course: Course) -> list[Opening] | None:
    answer = course_access(person, course)
    if not answer.allowed or answer.reason in OURS:
        return None
    lessons = course.lessons.filter(is_published=True).order_by("position", "pk")
    return course_calendar(person, course, lessons, with_finished=True)  # type: ignore[arg-type]

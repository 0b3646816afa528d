from dataclasses import replace
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest, login_required
from courses.access import OURS, course_access, held_until
from courses.calendar import Opening, course_calendar
from courses.ics import calendar_file, moments_of
from courses.models import Course, Lesson
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
    context = {"course": course, "openings": openings, "here": here, "has_moments": any(moments_of(openings))}
    return render(request, "courses/calendar.html", context)


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
    openings = course_calendar(person, course, lessons, with_finished=True)  # type: ignore[arg-type]
    held = held_until(person) if any(one.lesson.kind == Lesson.Kind.LIVE for one in openings) else {}  # type: ignore[arg-type]
    return [replace(one, begins=held.get(one.lesson.pk) or _begins(one.lesson)) for one in openings]


def _begins(lesson: Lesson) -> datetime | None:
    return lesson.starts_at if lesson.is_to_come else None

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest, login_required
from courses import services
from courses.errors import CourseRefused, NotByWord, NotOpenToYou, Unanswered
from courses.models import Lesson
from courses.quiz import answer_quiz
from courses.sheet import given_in, set_aside


@login_required
@require_POST
def finish(request: PersonRequest, pk: int) -> HttpResponse:
    """The learner says so."""
    lesson = get_object_or_404(Lesson.objects.published().select_related("course__tier"), pk=pk)
    try:
        services.say_finished(person=request.user, lesson=lesson)
    except NotOpenToYou as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except NotByWord as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("记下了：《%(title)s》学完了。") % {"title": lesson.title})
    return redirect(lesson.url or "/")


@login_required
@require_POST
def answer(request: PersonRequest, pk: int) -> HttpResponse:
    """One attempt at a quiz; whatever came of it is said on the lesson's page."""
    lesson = get_object_or_404(Lesson.objects.published().select_related("course__tier"), pk=pk)
    number, given = request.POST.get("number", ""), given_in(request.POST)
    try:
        done = answer_quiz(
            person=request.user,
            lesson=lesson,
            given=given,
            number=int(number) if number.isdecimal() and len(number) < 5 else 0,
        )
    except NotOpenToYou as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except CourseRefused as refusal:
        if isinstance(refusal, Unanswered):
            set_aside(request, lesson, given)
        messages.warning(request, str(refusal))
    else:
        said = (
            _("通过了：%(right)s / %(asked)s。")
            if done.is_passed
            else _("这次答对 %(right)s / %(asked)s，还没有及格。")
        )
        messages.success(request, said % {"right": done.right, "asked": done.asked})
    return redirect(f"{lesson.url or '/'}#quiz")

"""What an editor is told before a course or a lesson is deleted that people are learning."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import ngettext
from wagtail import hooks
from wagtail.models import Page

from cms.models import CoursePage, LessonPage
from courses.models import Heard, Lesson


def warn(request: HttpRequest, page: Page) -> None:
    """On the page that asks for confirmation: nothing of theirs is lost, and nobody opens it any more."""
    learners = _learners(page) if request.method == "GET" else 0
    if learners:
        sentence = ngettext(
            "已有 %(n)s 个人在学。删掉以后，他们的进度、笔记和买过的都还在，但谁也打不开它了；只是暂时不给看，请用“下线”。",
            "已有 %(n)s 个人在学。删掉以后，他们的进度、笔记和买过的都还在，但谁也打不开它了；只是暂时不给看，请用“下线”。",
            learners,
        )
        messages.warning(request, sentence % {"n": learners})


def _learners(page: Page) -> int:
    lessons = Lesson.objects.none()
    if isinstance(page, LessonPage):
        lessons = Lesson.objects.filter(page=page)
    elif isinstance(page, CoursePage):
        lessons = Lesson.objects.filter(course__page=page)
    return Heard.objects.filter(lesson__in=lessons).values("person").distinct().count()


hooks.register("before_delete_page", warn)

"""Where a person stands before a course: the one button that tells the truth."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.models import Course, Lesson
from membership.access import Answer, Reason
from web.templatetags.web import money


@dataclass(frozen=True)
class Button:
    """A word and where it leads; `note` is the sentence beneath it."""

    word: str
    url: str
    note: str = ""


def syllabus(course: Course) -> list[Lesson]:
    """The published lessons in order, each with its audio's length at hand."""
    return list(course.lessons.filter(is_published=True).select_related("audio").order_by("position"))


def course_button(course: Course, answer: Answer, lessons: list[Lesson]) -> Button | None:
    """The next step for this person; None when there is nothing yet."""
    first = lessons[0] if lessons else None
    if answer.allowed:
        return (
            Button(_("继续学习") if answer.reason is not Reason.FREE else _("开始学习"), _open(first))
            if first
            else None
        )
    if answer.reason is Reason.EXPIRED and answer.offers:
        return Button(_("会员已过期，续费"), answer.offers[0].url, _("听完的还能看目录，续上就接着听。"))
    if answer.offers:
        return _buy(course, answer)
    preview = next((lesson for lesson in lessons if lesson.is_preview), None)
    return Button(_("试听"), preview.url) if preview else None


def _buy(course: Course, answer: Answer) -> Button:
    single = next((offer for offer in answer.offers if offer.goods == course.goods), None)
    best = single or answer.offers[0]
    word = _("立即加入 %s") if single else _("开通会员 %s")
    return Button(word % money(best.amount, best.currency), best.url)


def _open(lesson: Lesson) -> str:
    return reverse("live:room", args=[lesson.pk]) if lesson.kind == Lesson.Kind.LIVE else lesson.url

"""Where a person stands before a course: the one button that tells the truth."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from courses.access import OURS
from courses.calendar import Opening, course_calendar
from courses.hearing.services import Progress
from courses.models import Course, Lesson
from membership.access import Answer, Reason
from web.templatetags.web import money

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Button:
    """A word and where it leads; `note` is the sentence beneath it."""

    word: str
    url: str
    note: str = ""


def syllabus(course: Course) -> list[Lesson]:
    """The published lessons in order, each with its audio's length at hand."""
    return list(course.lessons.filter(is_published=True).select_related("audio").order_by("position", "pk"))


def openings_of(
    person: Any, course: Course, answer: Answer, lessons: list[Lesson], progress: dict[int, Progress]
) -> dict[int, Opening]:
    """What waits for somebody who may open the course, by lesson; nothing for those to whom it is shut, or who teach it."""
    if not answer.allowed or answer.reason in OURS or not isinstance(person, User):
        return {}
    finished = {pk for pk, one in progress.items() if one.is_finished}
    openings = course_calendar(person, course, lessons, finished=finished, row=lessons)
    return {one.lesson.pk: one for one in openings if one.is_locked}


def next_lesson(
    lessons: list[Lesson], progress: dict[int, Progress], locked: Container[int] = ()
) -> tuple[Lesson | None, bool]:
    """Where somebody goes on, and whether they had begun: what they heard last and did not finish, else the first they have
    not finished of what is open to them, else the first of all.
    """
    begun = [one for one in progress.values() if one.at and not one.is_finished and one.lesson.pk not in locked]
    if begun:
        return max(begun, key=lambda one: one.at or BEGINNING).lesson, True
    is_new = [each for each in lessons if each.pk not in locked and not _is_done(progress, each)]
    return next(iter([*is_new, *lessons]), None), any(one.is_finished for one in progress.values())


def _is_done(progress: dict[int, Progress], lesson: Lesson) -> bool:
    return lesson.pk in progress and progress[lesson.pk].is_finished


def course_button(
    course: Course,
    answer: Answer,
    lessons: list[Lesson],
    progress: dict[int, Progress] | None = None,
    locked: Container[int] = (),
) -> Button | None:
    """The next step for this person; None when there is nothing yet."""
    if answer.allowed:
        lesson, has_begun = next_lesson(lessons, progress or {}, locked)
        word = _("继续学习") if has_begun or answer.reason is not Reason.FREE else _("开始学习")
        return Button(word, _open(lesson)) if lesson else None
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

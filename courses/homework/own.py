"""Homework on someone's own page: what waits for them as a reviewer, and what became of their own."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from courses.homework.desk import reviews, waiting_for
from courses.models import Submission

MOST = 20


def own_homework(person: User) -> dict[str, Any]:
    is_reviewer = reviews(person)
    return {
        "reviews": is_reviewer,
        "waiting": waiting_for(person) if is_reviewer else 0,
        "works": _works(person),
    }


def _works(person: User) -> list[Submission]:
    """The last attempt at each lesson, the latest first; one whose predecessor came back says so."""
    mine = Submission.objects.filter(person=person).select_related("lesson").order_by("-changed_at")
    last: dict[int, Submission] = {}
    for one in mine[: 5 * MOST]:
        known = last.setdefault(one.lesson_id, one)
        if one.number > known.number:
            last[one.lesson_id] = one
    for one in last.values():
        one.comes_back = one.is_draft and one.number > 1  # type: ignore[attr-defined]
        one.word = _("请再改一改") if one.comes_back else one.get_state_display()  # type: ignore[attr-defined]
    return list(last.values())[:MOST]

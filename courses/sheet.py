"""A quiz as one person sees it: what to answer next, or what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext

from accounts.models import User
from courses.models import Lesson, Question, QuizAttempt
from courses.quiz import LONGEST, Given, attempts, may_try
from media.gate import Person


@dataclass(frozen=True)
class Item:
    """One question; after an attempt also what was given, whether it was right, and what would have been."""

    question: Question
    given: Sequence[str] = ()
    is_right: bool | None = None

    @property
    def name(self) -> str:
        """Of its field in the form."""
        return f"q-{self.question.uid}"

    @property
    def choices(self) -> list[dict[str, Any]]:
        return [
            {"id": choice["id"], "text": _in_words(choice), "is_given": choice["id"] in self.given}
            for choice in self.question.choices
        ]

    @property
    def text(self) -> str:
        return self.given[0] if self.given else ""

    @property
    def solution(self) -> str:
        """What is right, in words."""
        if self.question.kind == Question.Kind.FILL:
            return " / ".join(self.question.right)
        return "、".join(_in_words(choice) for choice in self.question.choices if choice["id"] in self.question.right)


@dataclass(frozen=True)
class Sheet:
    """`number` is the attempt that may be made now, None when there is none left or nobody is signed in."""

    items: Sequence[Item]
    number: int | None
    last: QuizAttempt | None
    left: int | None

    @classmethod
    def of(cls, person: Person, lesson: Lesson, *, begun: Given | None = None) -> "Sheet":
        """`begun`: what was given in a form that came back unfinished."""
        questions = list(lesson.questions.all())
        done = attempts(person, lesson) if isinstance(person, User) else []
        last = done[-1] if done else None
        number = len(done) + 1 if isinstance(person, User) and may_try(lesson, done) else None
        left = max(0, lesson.most_attempts - len(done)) if lesson.most_attempts else None
        return cls([_item(question, last, begun or {}) for question in questions], number, last, left)

    @property
    def tells(self) -> bool:
        """The solutions are shown when there is nothing more to try."""
        return self.last is not None and self.number is None


def _in_words(choice: dict[str, str]) -> str:
    """True and false are the school's own words, in the reader's language."""
    return {"true": gettext("对"), "false": gettext("错")}.get(choice["id"], choice["text"])


def _item(question: Question, last: QuizAttempt | None, begun: Given) -> Item:
    if begun:
        return Item(question, begun.get(question.uid, ()))
    if last is None or question.uid not in last.answers:
        return Item(question)
    answer = last.answer_to(question)
    return Item(question, answer["given"], answer["is_right"])


def given_in(posted: QueryDict) -> dict[str, list[str]]:
    """What a form says, by `uid`."""
    return {name[2:]: posted.getlist(name) for name in posted if name.startswith("q-")}


def set_aside(request: HttpRequest, lesson: Lesson, given: Given) -> None:
    """What somebody gave so far, until they see the form again."""
    request.session[_kept_as(lesson)] = {uid: [text[:LONGEST] for text in said] for uid, said in given.items()}


def begun_in(request: HttpRequest, lesson: Lesson) -> Given:
    """What was set aside, once."""
    key = _kept_as(lesson)
    return request.session.pop(key) if key in request.session else {}


def _kept_as(lesson: Lesson) -> str:
    return f"quiz:{lesson.pk}"

"""What a person sees of a lesson's homework: what is asked, what they have written, what was said of it."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from courses.access import may_open, works_on
from courses.homework.files import MOST
from courses.models import Attachment, Homework, Lesson, Submission
from courses.models.homework import LONGEST

MOST_SHOWN = 6  # excellent ones beneath a lesson
Role = Attachment.Role


def with_files(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    return submissions.select_related("person", "seen_by").prefetch_related("attachments__asset__renditions")


@dataclass
class Panel:
    """`last`: the attempt that is being made, or that waits or was accepted; `earlier`: what came back, the newest first.

    `typed` is what a refused form held, which is shown rather than what is kept; `elsewhere`, what another device wrote meanwhile.
    """

    lesson: Lesson
    homework: Homework | None
    may_write: bool
    last: Submission | None = None
    earlier: list[Submission] = field(default_factory=list)
    best: list[Submission] = field(default_factory=list)
    waiting: int | None = None  # for who reviews it
    is_theirs: bool = False  # whose work it is to teach it, not to do it
    typed: str | None = None
    elsewhere: str = ""
    longest: int = LONGEST
    most: int = MOST[Role.PICTURE]
    most_voices: int = MOST[Role.VOICE]

    @classmethod
    def of(cls, person: User | AnonymousUser, lesson: Lesson, typed: str | None = None) -> "Panel":
        homework = getattr(lesson, "homework", None)
        is_open = homework is not None and may_open(person, lesson)
        may_write = is_open and bool(homework and homework.is_asked)
        panel = cls(lesson, homework, may_write, typed=typed)
        if isinstance(person, User) and homework:
            panel._add_own(person)
        if homework and homework.shows_best and is_open:
            others = Submission.objects.shown().filter(lesson=lesson).exclude(person=person.pk)
            panel.best = list(with_files(others).order_by("-seen_at")[:MOST_SHOWN])
        return panel

    def _add_own(self, person: User) -> None:
        mine = list(with_files(self.lesson.submissions.filter(person=person)).order_by("-number"))
        self.last, self.earlier = (mine[0], mine[1:]) if mine else (None, [])
        self.is_theirs = works_on(person, self.lesson.course) and not mine
        reviews = Submission.objects.reviewed_by(person).filter(lesson=self.lesson)
        if self.is_theirs or reviews.exists():
            self.waiting = reviews.waiting().count()

    @property
    def is_shown(self) -> bool:
        return bool(self.homework) and (self.may_write or self.last is not None)

    @property
    def number(self) -> int:
        return self.last.number if self.last else 1

    @property
    def is_writing(self) -> bool:
        return self.may_write and not self.is_theirs and (self.last is None or self.last.is_draft)

    @property
    def text(self) -> str:
        if self.typed is not None:
            return self.typed
        return self.last.text if self.last else ""

    @property
    def version(self) -> str:
        """Of the draft that a form is made from."""
        return self.last.version if self.last else ""

    @property
    def url(self) -> str:
        return reverse("courses:homework", args=[self.lesson.pk])

    def context(self) -> dict[str, Any]:
        return {"panel": self, "homework": self.homework, "lesson": self.lesson}

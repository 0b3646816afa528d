"""How far somebody is in lessons, for many at once: one query, with what has to be known of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from courses.models import Lesson, Piece
from courses.models.lesson import LessonQuerySet

ENOUGH = 0.95  # of the sound is all of it
REST_MS = 10_000  # and so is all but the last words
FACTS = ("pk", "sound_ms", "mine__heard_ms", "mine__ear_ms", "mine__place_ms", "mine__at", "done__at")


@dataclass(frozen=True)
class Progress:
    """One person in one lesson. `length_ms` is 0 where it is not known; `at`: when they last listened."""

    lesson: Lesson
    length_ms: int = 0
    heard_ms: int = 0
    ear_ms: int = 0
    place_ms: int = 0
    at: datetime | None = None
    is_finished: bool = False

    @property
    def part(self) -> float:
        """From 0 to 1; whoever finished it in another way has all of it."""
        if self.is_finished:
            return 1.0
        return min(1.0, self.heard_ms / self.length_ms) if self.length_ms else 0.0

    @property
    def percent(self) -> int:
        return round(self.part * 100)

    @property
    def left_ms(self) -> int:
        """What was not heard yet."""
        return 0 if self.is_finished else max(0, self.length_ms - self.heard_ms)

    @property
    def place(self) -> float:
        """Where they left it, from 0 to 1."""
        return min(1.0, self.place_ms / self.length_ms) if self.length_ms else 0.0

    @property
    def rest_ms(self) -> int:
        """From where they left it to the end."""
        return max(0, self.length_ms - self.place_ms)

    @property
    def left_minutes(self) -> int:
        """The same as people say it: a begun minute is one."""
        return -(-self.left_ms // 60_000)


def is_all(heard_ms: int, length_ms: int) -> bool:
    """Whether that much of the sound is all of it; of a few seconds, half is not too little to ask."""
    return length_ms > 0 and heard_ms >= min(length_ms * ENOUGH, max(length_ms - REST_MS, length_ms / 2))


def with_sound_ms(lessons: LessonQuerySet) -> LessonQuerySet:
    """Each with `sound_ms`: of its audio, else of its clips or its film; None where no length is known yet."""
    heard = [Piece.Role.CLIP, Piece.Role.VIDEO]
    pieces = Piece.objects.filter(lesson=OuterRef("pk"), role__in=heard).order_by().values("lesson")
    sums = pieces.annotate(ms=Sum("asset__duration_ms")).values("ms")
    return lessons.annotate(sound_ms=Coalesce(F("audio__duration_ms"), Subquery(sums)))


def seen_by(person: User, lessons: LessonQuerySet) -> QuerySet[Any]:
    """Each with what this person heard of it, as `mine`, and whether they finished it, as `done`."""
    return with_sound_ms(lessons).annotate(
        mine=FilteredRelation("heard", condition=Q(heard__person=person)),
        done=FilteredRelation("completions", condition=Q(completions__person=person)),
    )


def progress_in(person: User, lessons: Iterable[Lesson]) -> dict[int, Progress]:
    known = {lesson.pk: lesson for lesson in lessons}
    rows = seen_by(person, Lesson.objects.filter(pk__in=known)).values_list(*FACTS)
    return {pk: _progress(known[pk], *facts) for pk, *facts in rows}


def _progress(
    lesson: Lesson,
    sound_ms: int | None,
    heard_ms: int | None,
    ear_ms: int | None,
    place_ms: int | None,
    at: datetime | None,
    done_at: datetime | None,
) -> Progress:
    return Progress(
        lesson=lesson,
        length_ms=sound_ms or 0,
        heard_ms=heard_ms or 0,
        ear_ms=ear_ms or 0,
        place_ms=place_ms or 0,
        at=at,
        is_finished=done_at is not None,
    )

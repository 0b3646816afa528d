"""What was heard, and what follows from it. The verbs other apps use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from courses.access import open_lessons
from courses.hearing.crediting import Crediting
from courses.hearing.errors import NotATicket
from courses.hearing.places import Place, found_again, put
from courses.hearing.progress import Progress, is_all, progress_in, seen_by, with_sound_ms
from courses.hearing.ranges import skipped
from courses.hearing.report import Mark, Span
from courses.hearing.ticket import MS, Ticket
from courses.models import Completion, Course, Heard, Lesson
from courses.services import complete_lesson
from media.gate import Person
from media.models import Rendition

__all__ = ["Place", "Progress", "continue_with", "ear_time_of", "hear", "place_of", "progress_of"]
LONGEST_PAUSE_MS = 15_000


@transaction.atomic
def hear(*, person: User, ticket: Ticket, spans: Iterable[Span] = (), place: Mark | None = None) -> Heard:
    """Credit what a browser reports under a ticket that was checked; the same again credits nothing. Whoever has heard it
    all has finished the lesson. What is open now is not asked: the ticket says it was.

    Raises `NotATicket` when the lesson is gone.
    """
    lesson: Any = with_sound_ms(Lesson.objects.filter(pk=ticket.lesson)).first()
    if lesson is None:
        raise NotATicket
    _lock(person)
    heard, _ = Heard.objects.get_or_create(person=person, lesson=lesson, defaults={"at": ticket.issued})
    now, length_ms = timezone.now(), lesson.sound_ms or 0
    Crediting(person, lesson, ticket, now, length_ms).credit(heard, spans)
    if place:
        _move(heard, lesson, min(place.ms, length_ms or place.ms), min(ticket.issued + place.at * MS, now))
    heard.save()
    if is_all(heard.heard_ms, length_ms) or is_all(heard.heard_ms + _pauses_ms(heard, lesson), length_ms):
        complete_lesson(person=person, lesson=lesson, how=Completion.How.HEARD, was_open=True)
    return heard


def place_of(*, person: Person, lesson: Lesson) -> Place | None:
    """Where they left it, on whichever device; None before they began."""
    heard = Heard.objects.filter(person=person, lesson=lesson).first() if person.pk else None
    return found_again(heard, lesson) if heard else None


def progress_of(*, person: Person, lessons: Iterable[Lesson]) -> dict[int, Progress]:
    """By the lesson's number, begun or not; empty for who has not signed in. One query."""
    return progress_in(person, lessons) if isinstance(person, User) else {}


def continue_with(*, person: Person, most: int = 3) -> list[Progress]:
    """The lessons they began, have not finished and may open now, the latest first; each with its course."""
    if not isinstance(person, User):
        return []
    courses = Course.objects.filter(pk__in=Heard.objects.of(person).values("lesson__course"))
    begun = seen_by(person, open_lessons(person, of=courses).published()).filter(mine__isnull=False, done__isnull=True)
    lessons = begun.select_related("course").order_by("-mine__at")[:most]
    progress = progress_in(person, lessons)
    return [progress[lesson.pk] for lesson in lessons]


def ear_time_of(*, person: User, course: Course | None = None) -> int:
    """Milliseconds spent listening, in one course or in all."""
    heard = Heard.objects.of(person)
    heard = heard.filter(lesson__course=course) if course else heard
    return heard.aggregate(ms=Sum("ear_ms"))["ms"] or 0


def _lock(person: User) -> None:
    """Reports of one person follow one another: the second finds what the first has credited."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=person.pk)


def _pauses_ms(heard: Heard, lesson: Lesson) -> int:
    """Pauses may be skipped: little gaps in what was heard count as far as the sound has pauses, the rest of it does not."""
    outline = Rendition.objects.filter(asset=lesson.audio_id, name="silence").first()
    silent_ms = int(outline.facts.get("silent_ms", 0)) if outline else 0
    return min(silent_ms, skipped(heard.ranges, LONGEST_PAUSE_MS))


def _move(heard: Heard, lesson: Lesson, ms: int, at: datetime) -> None:
    """What was played later counts, not what is told later: a device that was offline sets nothing back."""
    if heard.place_at is None or at > heard.place_at:
        put(heard, lesson, ms, at)
        heard.at = max(heard.at, at)

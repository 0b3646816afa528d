"""Keeping notes, changing them, throwing them away."""

from uuid import UUID

from accounts.models import User
from courses.access import may_open
from courses.errors import NotOpenToYou
from courses.models import Lesson, Note
from courses.notes.errors import TooManyNotes

MOST_OF_A_LESSON = 500


def keep_note(*, person: User, lesson: Lesson, uid: UUID, ms: int | None, quote: str = "", text: str = "") -> Note:
    """A new note, or the one that this person sent under this `uid` before, as it is now.

    Raises `NotOpenToYou` when they may not open the lesson (any more), and `TooManyNotes`.
    """
    kept = Note.objects.of(person).filter(uid=uid).first()
    if kept:
        return kept
    if not may_open(person, lesson):
        raise NotOpenToYou
    if Note.objects.of(person).filter(lesson=lesson).count() >= MOST_OF_A_LESSON:
        raise TooManyNotes
    facts = {"lesson": lesson, "ms": ms, "quote": quote, "text": text}
    return Note.objects.get_or_create(person=person, uid=uid, defaults=facts)[0]


def rewrite_note(*, note: Note, text: str) -> Note:
    """Other words of their own; what was quoted stays."""
    note.text = text
    note.save(update_fields=["text", "updated_at"])
    return note


def throw_away(*, note: Note) -> None:
    note.delete()

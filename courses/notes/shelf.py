"""All notes of one person, found again: by course and lesson, the last noted first."""

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from accounts.models import User
from courses.models import Note
from courses.models.note import NoteQuerySet

MOST_WORDS = 80
KINDS = ("all", "notes", "bookmarks")


@dataclass(frozen=True)
class Wanted:
    """Which of them: `kind` of `KINDS`, and words that are in them."""

    kind: str = "all"
    words: str = ""

    @classmethod
    def asked(cls, query: "dict[str, str]") -> "Wanted":
        kind = query.get("kind", "")
        words = query.get("q", "").replace("\0", "").strip()[:MOST_WORDS]
        return cls(kind if kind in KINDS else "all", words)


def shelf(person: User, wanted: Wanted = Wanted()) -> NoteQuerySet:
    """In the order of the page, each with its lesson and its course."""
    own = Note.objects.of(person)
    found = {"notes": own.written, "bookmarks": own.bookmarks}.get(wanted.kind, own.all)()
    if wanted.words:
        found = found.saying(wanted.words)
    last = Note.objects.of(person).order_by("-created_at").values("created_at")
    in_course = Subquery(last.filter(lesson__course=OuterRef("lesson__course"))[:1])
    in_lesson = Subquery(last.filter(lesson=OuterRef("lesson"))[:1])
    listened = Note.objects.as_listened().query.order_by
    return (
        found.select_related("lesson__course")
        .annotate(in_course=in_course, in_lesson=in_lesson)
        .order_by("-in_course", "lesson__course", "-in_lesson", "lesson", *listened)
    )

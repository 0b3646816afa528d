"""What templates ask of notes."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template import Context

from accounts.models import User
from courses.models import Lesson, Note
from courses.notes.forms import NoteForm
from courses.notes.shelf import Wanted
from courses.notes.views import as_json

register = template.Library()


@register.simple_tag
def asked(wanted: Wanted, kind: str = "", page: int = 0) -> str:
    """The query of an address that asks for the same, of another kind or on another page."""
    found = {"q": wanted.words, "kind": kind or wanted.kind, "page": page}
    said = {name: value for name, value in found.items() if value and value != "all"}
    return f"?{urlencode(said)}" if said else ""


@register.simple_tag(takes_context=True)
def notes_beside(context: Context, lesson: Lesson) -> dict[str, Any]:
    """What the panel beside a lesson shows: `notes`, `bookmarks`, `rows` for its script and an empty `form`."""
    person = context["request"].user
    own = list(Note.objects.of(person).filter(lesson=lesson).as_listened()) if isinstance(person, User) else []
    for note in own:
        note.lesson = lesson
    return {
        "notes": [note for note in own if not note.is_bookmark],
        "bookmarks": [note for note in own if note.is_bookmark],
        "rows": [as_json(note) for note in own],
        "form": NoteForm(initial={"uid": uuid.uuid4()}),
    }

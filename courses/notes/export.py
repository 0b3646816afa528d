"""Notes as people keep them elsewhere: Markdown for reading, a table for sorting."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Note
from web.templatetags.web import clock

SIGNS = re.compile(r"([\\`*_\[\]<>])")
BEGINNINGS = re.compile(r"(?m)^(\s*)([#>+=~|-]|\d+[.)])")


def as_markdown(notes: Iterable[Note]) -> str:
    """A chapter a course, a section a lesson, in the order they come."""
    parts = [f"# {_('我的笔记')}"]
    for course, of_course in groupby(notes, lambda note: note.lesson.course):
        parts.append(f"## {_plain(course.title)}")
        for lesson, of_lesson in groupby(of_course, lambda note: note.lesson):
            parts.append(f"### {_plain(lesson.title)}")
            parts += map(_item, of_lesson)
    return "\n\n".join(parts) + "\n"


def lines(notes: Iterable[Note]) -> Iterator[list[str]]:
    """The table, its head first."""
    yield [_("课程"), _("小节"), _("时刻"), _("划线"), _("笔记"), _("记于"), _("地址")]
    for note in notes:
        written = timezone.localtime(note.created_at).strftime("%Y-%m-%d %H:%M")
        moment = "" if note.ms is None else clock(note.ms)
        address = _address(note)
        yield [note.lesson.course.title, note.lesson.title, moment, note.quote, note.text, written, address]


def _item(note: Note) -> str:
    """The moment, what was said, what was thought of it."""
    head = f"**{_moment(note)}**" + (f" · {_('书签')}" if note.is_bookmark else "")
    quote = "\n".join(f"> {line}" for line in _plain(note.quote).split("\n")) if note.quote else ""
    return "\n\n".join(filter(None, [head, quote, _plain(note.text)]))


def _moment(note: Note) -> str:
    said = _("整节") if note.ms is None else clock(note.ms)
    address = _address(note)
    return f"[{said}]({address})" if address else said


def _address(note: Note) -> str:
    return f"{settings.SITE_URL}{note.url}" if note.url else ""


def _plain(text: str) -> str:
    """What people wrote means itself, and nothing to a reader of Markdown."""
    return BEGINNINGS.sub(_kept, SIGNS.sub(r"\\\1", text))


def _kept(found: re.Match[str]) -> str:
    """1. becomes 1\\. and # becomes \\#."""
    space, sign = found.groups()
    return f"{space}{sign[:-1]}\\{sign[-1]}"

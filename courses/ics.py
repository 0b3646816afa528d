"""A calendar file (RFC 5545) of when lessons open for one person."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from courses.calendar import Opening
from courses.models import Course, Lesson

WIDTH = 75  # octets of one line


def calendar_file(person: User, course: Course, openings: Iterable[Opening]) -> str:
    """One event for every moment that is known: when a lesson opens, when a live one begins. Its UID stays when the moment moves,
    so that it moves in the person's calendar.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//qunke//lessons//ZH", f"X-WR-CALNAME:{_text(course.title)}"]
    lines += [line for one, at, said in moments_of(openings) for line in _event(person, course, one.lesson, at, said)]
    return "".join(f"{line}\r\n" for long in [*lines, "END:VCALENDAR"] for line in _folded(long))


def moments_of(openings: Iterable[Opening]) -> Iterator[tuple[Opening, datetime, str]]:
    """What there is to put into a calendar, and in which words; a live lesson stands there once, when it begins."""
    for one in openings:
        if one.begins:
            yield one, one.begins, _("《%(title)s》开讲") % {"title": one.lesson.title}
        elif one.at:
            yield one, one.at, _("《%(title)s》开放了") % {"title": one.lesson.title}


def _event(person: User, course: Course, lesson: Lesson, at: datetime, said: str) -> Iterator[str]:
    host = urlsplit(settings.SITE_URL).hostname
    yield "BEGIN:VEVENT"
    yield f"UID:lesson-{lesson.pk}-{person.pk}@{host}"
    yield f"DTSTAMP:{_utc(datetime.now(UTC))}"
    yield f"DTSTART:{_utc(at)}"
    yield "DURATION:PT30M"
    yield f"SUMMARY:{_text(said)}"
    yield f"DESCRIPTION:{_text(course.title)}"
    yield f"URL:{settings.SITE_URL}{lesson.url}"
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(said: str) -> str:
    for sign in ("\\", ";", ","):
        said = said.replace(sign, f"\\{sign}")
    return " ".join(said.split())


def _folded(line: str) -> Iterator[str]:
    """Long lines go on in the next one after a space; no character is cut in two."""
    piece = ""
    for character in line:
        if len((piece + character).encode()) > WIDTH:
            yield piece
            piece = " "
        piece += character
    yield piece

"""What the app's player plays: all it needs to know of one lesson's sound, for one person."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse

from accounts.browsers import browser_of
from accounts.models import User
from courses.hearing.services import place_of
from courses.hearing.ticket import issue
from courses.models import Lesson, ListeningHabits
from courses.models.lesson import Chapter as Chapter
from media.gate import Person
from media.models import Asset, Rendition

LOWEST = "a24"  # of the variants of a voice
Chapters = Callable[[Lesson], list[Chapter]]
_chapters: list[Chapters] = []


def chapters_with(source: Chapters) -> None:
    """Ask also this for the clips of a lesson that has no pieces of its own; the first that knows any is believed."""
    _chapters.append(source)


def chapters_of(lesson: Lesson) -> list[Chapter]:
    """The clips of its sound, its own or by whoever knows them; none where it has none."""
    return lesson.chapters() or next(filter(None, (source(lesson) for source in _chapters)), [])


def programme_of(request: HttpRequest, lesson: Lesson) -> dict[str, Any] | None:
    """As `Programme` in web/static/web/js/sound.js has it; None where there is no sound. Only for who may open the lesson.

    Whatever it names is gated by itself.
    """
    if lesson.audio is None:
        return None
    return {
        "lesson": lesson.pk,
        "title": lesson.title,
        "artist": lesson.course.instructor.display_name,
        "album": lesson.course.title,
        "url": lesson.url,
        "ms": lesson.audio.duration_ms or 0,
        "chapters": chapters_of(lesson),
        **_forms(lesson.audio),
        **_listener(request),
        **listening_of(request.user, lesson),
    }


def _forms(sound: Asset) -> dict[str, Any]:
    made = sound.made()
    return {"sources": sound.sources(), "low": list(_low(made))} | {
        name: made[name].url for name in ("peaks", "silence") if name in made
    }


def _low(made: dict[str, Rendition]) -> Iterator[dict[str, str]]:
    """For who saves data. The stretches of a playlist come first: on a weak network one gets into the middle of an Ogg only
    after many a guess.
    """
    stretches = made.get("hls")
    if stretches and LOWEST in stretches.facts.get("variants", []):
        yield {"url": stretches.part(f"{LOWEST}.m3u8"), "mime": stretches.mime}
    if "low" in made:
        yield {"url": made["low"].url, "mime": made["low"].mime}


def listening_of(person: Person, lesson: Lesson) -> dict[str, Any]:
    """Where they left it, and with what the player tells how far they come. Only for who may open the lesson."""
    if not isinstance(person, User):
        return {}
    place = place_of(person=person, lesson=lesson)
    return {
        "ticket": issue(person=person, lesson=lesson),
        "report": reverse("courses:heard", args=[lesson.pk]),
        "companions": [static("courses/heard.js")],
        "resume_ms": place.ms if place else 0,
        "resume_at": round(place.at.timestamp() * 1000) if place else 0,
    }


def _listener(request: HttpRequest) -> dict[str, Any]:
    """What is known of who listens, and where the player tells of it."""
    person = request.user
    if not isinstance(person, User):
        return {"listener": 0}
    browser = browser_of(person)
    return {
        "listener": person.pk,
        "token": get_token(request),
        "beat": reverse("membership:listening") if browser and browser.streams else "",
        "habits": ListeningHabits.of(person).facts(),
        "habits_url": reverse("courses:habits"),
    }

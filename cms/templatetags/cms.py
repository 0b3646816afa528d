"""What the pages of the school say about lessons."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.template.context import Context
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from wagtail.models import Page

from cms.models import CoursePage
from cms.structured import facts_of
from courses.models import Course, Lesson

register = template.Library()

DIGITS = "零一二三四五六七八九"
STARTS = re.compile(r"^(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3})\s+-->")
BREATH = re.compile(r"(?<=[，。；：！？、])")
MARKUP = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Cue:
    """One line of a transcript and when it is said, in seconds from the start."""

    seconds: float
    text: str

    @property
    def ms(self) -> int:
        return round(self.seconds * 1000)


@dataclass(frozen=True)
class Neighbours:
    """What comes before and after a lesson in its course."""

    before: Lesson | None = None
    after: Lesson | None = None


@register.simple_tag(takes_context=True)
def structured(context: Context, page: Page) -> SafeString:
    """The page's facts for search engines, as JSON-LD; it holds nothing that runs."""
    facts = facts_of(page, school=str(context.get("school", "")))
    script = json_script(facts).replace("application/json", "application/ld+json", 1)
    return mark_safe(script if facts else "")  # noqa: S308  escaped by json_script


@register.filter
def hanzi(number: int) -> str:
    """A small number as a Chinese book counts: 1 → 一, 12 → 十二, 40 → 四十. Digits in other languages."""
    if not 0 < number < 100 or not (get_language() or "").startswith("zh"):
        return str(number)
    tens, ones = divmod(number, 10)
    return (DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + (DIGITS[ones] if ones else "")


@register.filter
def clauses(sentence: str) -> list[str]:
    """The sentence in pieces that end where a reader breathes, so that lines may break there and not mid-word."""
    return [piece for piece in BREATH.split(sentence) if piece]


@register.filter
def cues(webvtt: str) -> list[Cue]:
    """The spoken lines of a WebVTT text; what is not a cue is passed over."""
    blocks = re.split(r"\n\s*\n", webvtt.replace("\r\n", "\n"))
    return [cue for block in blocks if (cue := _cue(block.strip().splitlines()))]


def _cue(lines: list[str]) -> Cue | None:
    for number, line in enumerate(lines[:2]):  # a cue may have a name above its times
        if match := STARTS.match(line.strip()):
            text = " ".join(MARKUP.sub("", said).strip() for said in lines[number + 1 :])
            return Cue(_seconds(match), text) if text else None
    return None


def _seconds(match: re.Match[str]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


@register.filter
def running_ms(lessons: Iterable[Lesson]) -> int:
    """How long all the sound of these lessons lasts, in milliseconds."""
    return sum(lesson.audio.duration_ms or 0 for lesson in lessons if lesson.audio)


@register.filter
def pages(courses: Iterable[Course]) -> list[CoursePage]:
    """The pages of these courses, which know their covers."""
    return list(CoursePage.objects.live().filter(course__in=list(courses)).select_related("course", "instructor"))


@register.filter
def around(lessons: Iterable[Lesson], lesson: Lesson) -> Neighbours:
    """The lessons next to this one in the order of the course."""
    row = list(lessons)
    places = [number for number, one in enumerate(row) if one.pk == lesson.pk]
    if not places:
        return Neighbours()
    here = places[0]
    return Neighbours(row[here - 1] if here else None, row[here + 1] if here + 1 < len(row) else None)

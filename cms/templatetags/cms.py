"""What the pages of the school say about lessons."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.template.context import Context
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Page

from cms.cards import SHAPES, card_of
from cms.models import CoursePage, InstructorPage
from cms.structured import about, facts_of
from courses.calendar import Opening
from courses.hearing.services import Progress
from courses.models import Lesson
from media.transcripts import Cue, read
from web.templatetags.web import school_of

register = template.Library()
register.filter("about", about)

DIGITS = "零一二三四五六七八九"
BREATH = re.compile(r"(?<=[，。；：！？、])")


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


@register.simple_tag(takes_context=True)
def share_card(context: Context, page: Page) -> dict[str, str]:
    """Where the page's share card is, in each shape; nothing for a draft that is looked at."""
    card = card_of(page, school=school_of(context.get("request"))) if page.pk and page.live else None
    return {shape: card.url(shape) for shape in SHAPES} if card else {}


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
    return read(webvtt)


@register.filter
def running_ms(lessons: Iterable[Lesson]) -> int:
    """How long all the sound of these lessons lasts, in milliseconds."""
    return sum(lesson.audio.duration_ms or 0 for lesson in lessons if lesson.audio)


@register.filter
def lasting(ms: int | None) -> str:
    """How long that is, roughly and in words: 3 小时 20 分, 42 分钟; a begun minute is one."""
    hours, minutes = divmod(-(-(ms or 0) // 60_000), 60)
    if hours and minutes:
        return _("%(hours)s 小时 %(minutes)s 分") % {"hours": hours, "minutes": minutes}
    return _("%(hours)s 小时") % {"hours": hours} if hours else _("%(minutes)s 分钟") % {"minutes": minutes}


@register.filter
def opening_of(openings: dict[int, Opening] | None, lesson: Lesson) -> Opening | None:
    """What this lesson waits for, if it does."""
    return (openings or {}).get(lesson.pk)


@register.filter
def progress_in(progress: dict[int, Progress] | None, lesson: Lesson) -> Progress | None:
    """How far they are in this lesson, once they have begun it."""
    found = (progress or {}).get(lesson.pk)
    return found if found and found.part else None


@register.filter
def teachers_page(course: CoursePage) -> InstructorPage | None:
    """The page that introduces its teacher, once it is published; where its address came along, that is not asked again."""
    if hasattr(course, "teacher_path"):
        return InstructorPage(url_path=course.teacher_path) if course.teacher_path else None
    page: InstructorPage | None = InstructorPage.objects.live().filter(user=course.instructor).first()
    return page


@register.filter
def around(lessons: Iterable[Lesson], lesson: Lesson) -> Neighbours:
    """The lessons next to this one in the order of the course."""
    row = list(lessons)
    places = [number for number, one in enumerate(row) if one.pk == lesson.pk]
    if not places:
        return Neighbours()
    here = places[0]
    return Neighbours(row[here - 1] if here else None, row[here + 1] if here + 1 < len(row) else None)

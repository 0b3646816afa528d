"""Share cards: the picture beside an address that was passed on, in the cloth of a book, with only what a stranger may read.

Drawn once and kept in the store; its address changes with what stands on it. https://ogp.me
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import astuple, dataclass

from django.conf import settings
from django.urls import reverse
from PIL import Image
from wagtail.models import Page, Site

from cms.drawing import Sheet, font_path
from cms.models import CoursePage, LessonPage
from cms.structured import front_door
from courses.models import Course
from media.errors import Missing
from media.store import store
from web.templatetags.web import CLOTHS

SHAPES = {  # WeChat crops to a square; others show it wide; podcast programs want a large square
    "wide": (1200, 630),
    "square": (600, 600),
    "cover": (1500, 1500),
}
DRAWN_BY = 1  # another number when it is drawn otherwise
QUALITY = 88


@dataclass(frozen=True)
class Card:
    """What stands on it. `picture`: the file that the editor chose instead."""

    page: int
    title: str
    by: str
    school: str
    cloth: str
    picture: str

    @property
    def version(self) -> str:
        told = repr((DRAWN_BY, font_path(), *astuple(self)))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def url(self, shape: str) -> str:
        return f"{settings.SITE_URL}{reverse('card', args=[self.page, self.version, shape])}"

    def key(self, shape: str) -> str:
        return f"cards/{self.page}/{self.version}-{shape}.jpg"


def card_of(page: Page, *, school: str) -> Card | None:
    """None where nothing can be drawn: without a picture and without a font."""
    picture = getattr(page, "share_picture", None)
    if picture is None and not font_path():
        return None
    return Card(page.pk, page.title, _by(page), school, _cloth(page), picture.file.name if picture else "")


def feed_cover(course: Course | None) -> str:
    """For podcasts: of the course's public page, or of the school's front door."""
    page = CoursePage.objects.live().public().filter(course=course).first() if course else front_door().specific
    site = Site.objects.get(is_default_site=True)
    card = card_of(page, school=site.site_name or settings.WAGTAIL_SITE_NAME) if page else None
    return card.url("cover") if card else ""


def _cloth(page: Page) -> str:
    """A lesson is bound as its course is."""
    if isinstance(page, LessonPage) and page.lesson:
        page = CoursePage.objects.filter(course=page.lesson.course_id).only("cloth").first() or page
    return str(getattr(page, "cloth", "") or CLOTHS[page.pk % len(CLOTHS)])


def _by(page: Page) -> str:
    if isinstance(page, CoursePage):
        return str(page.instructor.display_name)
    if isinstance(page, LessonPage) and page.lesson:
        course = page.lesson.course
        return f"{course.title} · {course.instructor.display_name}"
    return ""


def drawn(card: Card, page: Page, shape: str) -> bytes:
    """From the store, or made now and kept there; what was made of the page before goes."""
    try:
        return store().read(key=card.key(shape))
    except Missing:
        data = _bytes(card, page, shape)
    store().put_bytes(key=card.key(shape), data=data, mime="image/jpeg")
    for key in _others(card):
        store().delete(key=key)
    return data


def _others(card: Card) -> Iterator[str]:
    keys = store().keys(prefix=f"cards/{card.page}/")
    return (key for key in keys if card.version not in key)


def _bytes(card: Card, page: Page, shape: str) -> bytes:
    width, height = SHAPES[shape]
    if card.picture:
        chosen = page.share_picture.get_rendition(f"fill-{width}x{height}|format-jpeg|bgcolor-ffffff")
        with chosen.file.open("rb") as file:
            return bytes(file.read())
    return _jpeg(Sheet(width, height, card.cloth).of(title=card.title, by=card.by, school=card.school))


def _jpeg(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return data.getvalue()

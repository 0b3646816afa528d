"""What search engines may know of the pages: the sitemap, and the facts of a page as schema.org names them.

Only what the page shows to a stranger is told. https://schema.org/Course · https://www.sitemaps.org/protocol.html
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.utils.text import Truncator
from wagtail.models import Page, Site

from cms.models import ArticlePage, CoursePage, InstructorPage, LandingPage, LessonPage

LANGUAGE = "zh-CN"  # the pages' own; their frame is translated


def front_door() -> Page:
    """The home page; what stands under it is public unless it says otherwise."""
    return Site.objects.select_related("root_page").get(is_default_site=True).root_page


def address(page: Page) -> str:
    """With scheme and host, whatever host was asked."""
    return f"{settings.SITE_URL}{page.url}"


def about(page: Page) -> str:
    """A page in one sentence, as its share card says it: the editor's, or else the first words that everyone may read."""
    written = (getattr(page, name, "") for name in ("search_description", "promise", "line", "intro"))
    return next((str(text) for text in written if text), "") or _beginning(page) or str(page.title)


def _beginning(page: Page) -> str:
    for name in getattr(page, "open_fields", ()):
        field = page._meta.get_field(name)
        if hasattr(field, "stream_block"):
            text = " ".join(" ".join(field.get_searchable_content(getattr(page, name))).split())
            return Truncator(text).chars(120)
    return ""


class Pages(Sitemap[Page]):
    """Every published page that stands under the front door and is closed to nobody, with the day it last changed."""

    limit = 5000

    def items(self) -> QuerySet[Page]:
        pages: QuerySet[Page] = front_door().get_descendants(inclusive=True).live().public().order_by("path")
        return pages

    def location(self, page: Page) -> str:
        return str(page.url)

    def lastmod(self, page: Page) -> datetime | None:
        published: datetime | None = page.last_published_at
        return published

    def get_domain(self, site: Any = None) -> str:
        return settings.SITE_URL.partition("://")[2]

    def get_protocol(self, protocol: str | None = None) -> str:
        return settings.SITE_URL.partition("://")[0]


def facts_of(page: Page, *, school: str) -> dict[str, Any]:
    """A page as JSON-LD; `{}` for pages that are only a way to others."""
    if isinstance(page, CoursePage):
        return _told(page, "Course") | _course(page, school)
    if isinstance(page, LessonPage) and page.lesson:
        return _told(page, "LearningResource") | _lesson(page)
    if isinstance(page, ArticlePage):
        return _told(page, "Article") | {"headline": page.title}
    if isinstance(page, InstructorPage):
        return _told(page, "ProfilePage") | {"mainEntity": _person(page, school)}
    if isinstance(page, LandingPage):
        return _told(page, "WebPage") | ({"expires": page.ends_at} if page.ends_at else {})
    return {}


def _told(page: Page, kind: str) -> dict[str, Any]:
    facts = {
        "name": page.title,
        "description": about(page),
        "url": address(page),
        "inLanguage": LANGUAGE,
        "datePublished": page.first_published_at,
        "dateModified": page.last_published_at,
    }
    return {"@context": "https://schema.org", "@type": kind} | {name: fact for name, fact in facts.items() if fact}


def _person(page: InstructorPage, school: str) -> dict[str, Any]:
    works_for = {"@type": "Organization", "name": school, "url": f"{settings.SITE_URL}/"}
    return {
        "@type": "Person",
        "name": page.title,
        "description": page.line,
        "url": address(page),
        "worksFor": works_for,
    }


def _course(page: CoursePage, school: str) -> dict[str, Any]:
    teacher = {"@type": "Person", "name": page.instructor.display_name}
    return {
        "provider": {"@type": "Organization", "name": school, "url": f"{settings.SITE_URL}/"},
        "isAccessibleForFree": page.is_free,
        "hasCourseInstance": {"@type": "CourseInstance", "courseMode": "Online", "instructor": teacher},
        "offers": list(_offers(page)),
    }


def _offers(page: CoursePage) -> Iterable[dict[str, Any]]:
    if page.is_free:
        yield {"@type": "Offer", "category": "Free", "price": "0", "priceCurrency": "CNY"}
    elif page.price:
        yield {"@type": "Offer", "category": "Paid", "price": str(page.price), "priceCurrency": "CNY"}
    elif page.tier_id:
        yield {"@type": "Offer", "category": "Subscription"}


def _lesson(page: LessonPage) -> dict[str, Any]:
    lesson: Any = page.lesson
    course = lesson.course
    return {
        "isPartOf": {"@type": "Course", "name": course.title, "url": f"{settings.SITE_URL}{course.url}"},
        "isAccessibleForFree": bool(page.is_preview or course.is_free),
        "position": lesson.position,
    }

"""A course of this school as plain facts, its drafts included."""

from typing import Any

from cms.carrying.facts import CourseFacts, PageFacts
from cms.carrying.fields import Row, table
from cms.models import CoursePage, LessonPage


def read_course(page: CoursePage) -> CourseFacts:
    """The latest words of every page, published or not, lessons in their order."""
    return CourseFacts(read_page(page), [read_page(lesson) for lesson in lessons_of(page)])


def lessons_of(page: CoursePage) -> list[LessonPage]:
    return list(LessonPage.objects.child_of(page).order_by("path"))


def read_page(page: Any) -> PageFacts:
    return PageFacts(str(page.translation_key), read_values(latest(page)))


def latest(page: Any) -> Any:
    """The page as its editors see it."""
    return page.get_latest_revision_as_object()


def read_values(one: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for row in table(one._meta.model):
        if isinstance(row, Row):
            values[row.name] = row.codec.read(one, row.field)
        else:
            values[row.name] = [read_values(child) for child in getattr(one, row.name).all()]
    return values

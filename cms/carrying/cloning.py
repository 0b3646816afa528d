"""A course once more, as drafts, on other days."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cms.carrying import codecs
from cms.carrying.errors import NotYours
from cms.carrying.facts import CourseFacts, PageFacts, Thing, mapped, things
from cms.carrying.fields import Row, table
from cms.carrying.keeping import Keeper
from cms.carrying.reading import read_course
from cms.carrying.writing import Writer
from cms.models import CoursePage, LessonPage


def clone_course(*, page: CoursePage, by: User, title: str = "", days: int = 0) -> CoursePage:
    """A new course like this one, nothing of it published, every date so many days later.

    Recordings are copied, bytes and all: a recording belongs to one lesson, whose buyers decide who may hear it, so that
    sharing one would tie two courses together. Pictures and documents are the library's and shared. What was bought,
    opened or learned stays with the old course. Raises `NotYours`.
    """
    if not page.permissions_for_user(by).can_edit():
        raise NotYours
    return Writer(cloned(read_course(page), title=title, days=days), by, Keeper(by)).write()


def cloned(facts: CourseFacts, *, title: str = "", days: int = 0) -> CourseFacts:
    ids = {page.id: str(uuid.uuid4()) for page in facts.pages}
    course = _page(CoursePage, facts.course, ids, days)
    course.values["title"] = title or copy_title(facts.course.title)
    return CourseFacts(course, [_page(LessonPage, lesson, ids, days) for lesson in facts.lessons])


def copy_title(title: str) -> str:
    return _("%(title)s（副本）") % {"title": title[:100]}


def bytes_of(facts: CourseFacts) -> int:
    """How much a copy has to carry."""
    return sum(thing.size for page in facts.pages for thing in things(page.values) if thing.family == "media")


def first_day(facts: CourseFacts) -> date | None:
    """The earliest date the course names: where its calendar begins."""
    pages = [(CoursePage, facts.course), *((LessonPage, lesson) for lesson in facts.lessons)]
    return min((day for model, page in pages for day in _days(model, page.values)), default=None)


def _days(model: Any, values: dict[str, Any]) -> Iterator[date]:
    for row in table(model):
        value = values.get(row.name)
        if not isinstance(row, Row):
            for child in value or []:
                yield from _days(row.model, child)
        elif value and _is_dated(row):
            yield datetime.fromisoformat(value).date()


def _page(model: Any, page: PageFacts, ids: dict[str, str], days: int) -> PageFacts:
    values = {name: mapped(value, lambda leaf: _renamed(leaf, ids)) for name, value in page.values.items()}
    return PageFacts(ids[page.id], _shifted(model, values, days))


def _renamed(leaf: Any, ids: dict[str, str]) -> Any:
    """Links between the lessons lead to the new ones."""
    if isinstance(leaf, Thing):
        return replace(leaf, row=None) if leaf.family == "media" else leaf
    if isinstance(leaf, str):
        for old, new in ids.items():
            leaf = leaf.replace(old, new)
    return leaf


def _shifted(model: Any, values: dict[str, Any], days: int) -> dict[str, Any]:
    for row in table(model):
        value = values.get(row.name)
        if not isinstance(row, Row):
            values[row.name] = [_shifted(row.model, child, days) for child in value or []]
        elif value and _is_dated(row):
            values[row.name] = later(value, days)
    return values


def _is_dated(row: Row) -> bool:
    return row.codec is codecs.MOMENT or row.field.get_internal_type() == "DateField"


def later(value: str, days: int) -> str:
    """The same time of day so many days later, whatever the clocks do in between."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        return (moment + timedelta(days=days)).date().isoformat()
    local = timezone.make_naive(moment) + timedelta(days=days)
    return timezone.localtime(timezone.make_aware(local)).isoformat()

"""What would change, page by page and field by field, in words that people compare."""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.formats import localize
from django.utils.translation import gettext as _

from cms.carrying import richtext
from cms.carrying.facts import CourseFacts, PageFacts, Thing, same
from cms.carrying.fields import Row, Rows, table
from cms.models import CoursePage, LessonPage

State = Literal["new", "changed", "missing", "same"]
SHOWN_LINES = 60
LONG = 90


@dataclass(frozen=True)
class Change:
    """One field: what it was and what it becomes; `lines` where it has many, each with its mark (+, -, or a space)."""

    name: str
    label: str
    old: str
    new: str
    lines: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class PageDiff:
    id: str
    title: str
    state: State
    changes: list[Change]
    before: int = 0  # its place among the lessons, from 1; 0: none
    after: int = 0

    @property
    def is_moved(self) -> bool:
        return self.state in ("changed", "same") and self.before != self.after


@dataclass(frozen=True)
class CourseDiff:
    """What carrying in would do. `notes` say what was done in spite of something missing."""

    course: PageDiff
    lessons: list[PageDiff]
    notes: list[str] = field(default_factory=list)

    @property
    def pages(self) -> list[PageDiff]:
        return [self.course, *self.lessons]

    @property
    def is_empty(self) -> bool:
        return all(page.state in ("same", "missing") and not page.is_moved for page in self.pages)

    @property
    def counts(self) -> dict[State, int]:
        states: tuple[State, ...] = ("new", "changed", "missing", "same")
        return {state: sum(1 for page in self.pages if page.state == state) for state in states}


def compare(old: CourseFacts | None, new: CourseFacts, notes: list[str] | None = None) -> CourseDiff:
    """From what is here (None: nothing) to what was sent."""
    course = page_diff(CoursePage, old.course if old else None, new.course)
    here = {page.id: page for page in old.lessons} if old else {}
    kept = {page.id for page in new.lessons}
    places = {id_: place for place, id_ in enumerate((id_ for id_ in here if id_ in kept), 1)}
    lasting = {page.id: place for place, page in enumerate((page for page in new.lessons if page.id in here), 1)}
    lessons = [
        page_diff(LessonPage, here.get(page.id), page, places.get(page.id, 0), lasting.get(page.id, 0))
        for page in new.lessons
    ]
    gone = [PageDiff(page.id, page.title, "missing", []) for page in here.values() if page.id not in kept]
    return CourseDiff(course, [*lessons, *gone], notes or [])


def page_diff(model: Any, old: PageFacts | None, new: PageFacts, before: int = 0, after: int = 0) -> PageDiff:
    was = old.values if old else {}
    changes = [
        change for row in table(model) if row.name in new.values if (change := _change(row, was, new.values, bool(old)))
    ]
    state: State = "new" if old is None else "changed" if changes else "same"
    return PageDiff(new.id, new.title or (old.title if old else ""), state, changes, before, after)


def _change(row: Row | Rows, old: dict[str, Any], new: dict[str, Any], is_old: bool) -> Change | None:
    before, after = old.get(row.name), new[row.name]
    if same(before, after) or (not is_old and after in (None, "", [], False)):
        return None
    one, other = list(lines(_named(row, before))), list(lines(_named(row, after)))
    if len(one) > 1 or len(other) > 1 or any(len(line) > LONG for line in one + other):
        return Change(row.name, row.label, "", "", _marked(one, other))
    return Change(row.name, row.label, "".join(one), "".join(other))


def _named(row: Row | Rows, value: Any) -> Any:
    """What editors choose by its name is shown by its name."""
    names = dict(row.field.flatchoices) if isinstance(row, Row) else {}
    return str(names.get(value, value)) if names and value is not None else value


def _marked(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    found = [(line[0], line[2:]) for line in difflib.ndiff(old, new) if line[0] in "+-"]
    if not found:
        return [("+", _("（格式有变化，文字一样）"))]
    more = len(found) - SHOWN_LINES
    return found[:SHOWN_LINES] + ([(" ", _("……还有 %(n)s 行") % {"n": more})] if more > 0 else [])


def lines(value: Any) -> Iterator[str]:
    """A value as people read it, a line for each piece."""
    if value is None or value == "":
        return
    if isinstance(value, bool):
        yield _("是") if value else _("否")
    elif isinstance(value, Thing):
        yield from _thing(value)
    elif isinstance(value, str):
        yield from (
            (line for line in richtext.words(value).splitlines() if line.strip())
            if "</" in value
            else value.splitlines()
        )
    elif isinstance(value, list):
        for part in value:
            yield from lines(part)
    elif isinstance(value, dict):
        yield from _group(value)
    else:
        yield str(localize(value))


def _thing(thing: Thing) -> Iterator[str]:
    size = f"{thing.size / 1024:.0f} KB" if thing.size < 1 << 20 else f"{thing.size / 1024 / 1024:.1f} MB"
    yield f"{thing.title}（{thing.extension}，{size}）"
    yield from (line for line in thing.transcript.splitlines() if line.strip())


def _group(value: dict[str, Any]) -> Iterator[str]:
    if value.keys() >= {"type", "value"}:
        yield from lines(value["value"])
    elif value.keys() >= {"text", "is_right"}:
        yield f"{'✓' if value['is_right'] else '○'} {value['text']}"
    elif value.keys() <= {"email", "slug", "name"}:
        yield str(value.get("name") or json.dumps(value, ensure_ascii=False))
    else:
        for name, part in value.items():
            if name != "id":
                yield from lines(part)

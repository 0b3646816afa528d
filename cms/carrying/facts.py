"""A course as plain facts: what is read from pages, written into files, compared, and written onto pages again."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cms.carrying.sources import Source

Family = Literal["media", "pictures", "files"]


@dataclass(frozen=True, eq=False)
class Thing:
    """A recording, a picture or a document that a page shows. `row` is its key where it is kept already."""

    family: Family
    title: str
    size: int
    extension: str
    source: Source = field(repr=False)
    kind: str = ""  # of a recording: media.models.Asset.Kind
    transcript: str = field(default="", repr=False)
    row: int | None = None

    def same_bytes(self, other: "Thing") -> bool:
        if self.row is not None and self.row == other.row:
            return True
        return self.size == other.size and self.source.sha256 == other.source.sha256

    def __eq__(self, other: object) -> bool:
        """The words of pictures and documents are the library's; those of a recording belong to its lesson."""
        if not isinstance(other, Thing) or self.family != other.family:
            return False
        words = self.family != "media" or (self.title, self.transcript) == (other.title, other.transcript)
        return words and self.same_bytes(other)

    def __hash__(self) -> int:
        return hash((self.family, self.size))


@dataclass
class PageFacts:
    """One page: its id that lasts, and the values of its fields by name. A name that is missing says nothing."""

    id: str
    values: dict[str, Any]

    @property
    def title(self) -> str:
        return str(self.values.get("title", ""))


@dataclass
class CourseFacts:
    """A course page and its lesson pages in order."""

    course: PageFacts
    lessons: list[PageFacts]

    @property
    def pages(self) -> list[PageFacts]:
        return [self.course, *self.lessons]


def things(value: Any) -> Iterator[Thing]:
    """Every thing in a value, in order."""
    if isinstance(value, Thing):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from things(part)
    elif isinstance(value, list):
        for part in value:
            yield from things(part)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same tree with every leaf (things included) changed."""
    if isinstance(value, dict):
        return {name: mapped(part, change) for name, part in value.items()}
    if isinstance(value, list):
        return [mapped(part, change) for part in value]
    return change(value)


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: the ids of blocks are nobody's business."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = {*one, *other} - {"id"}
        return all(same(one.get(name), other.get(name)) for name in names)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def unkept(thing: Thing) -> Thing:
    """The same bytes and words, to be kept anew."""
    return replace(thing, row=None)


def fingerprint(course: CourseFacts | None) -> str:
    """One word for a state of a course: another one as soon as anything in it differs."""
    plain = [[page.id, mapped(page.values, _plain)] for page in course.pages] if course else []
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()


def _plain(leaf: Any) -> Any:
    return [leaf.family, leaf.row, leaf.title, leaf.transcript] if isinstance(leaf, Thing) else leaf

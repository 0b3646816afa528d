"""Words of a course found everywhere, and replaced where somebody says so."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import escape, unescape
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from wagtail import blocks

from accounts.models import User
from cms.carrying import codecs, richtext
from cms.carrying.errors import BadPackage, Stale
from cms.carrying.facts import CourseFacts, PageFacts, Thing, fingerprint
from cms.carrying.fields import Row, table
from cms.carrying.keeping import Keeper
from cms.carrying.problems import Place, Problems
from cms.carrying.reading import lessons_of, read_course
from cms.carrying.writing import Writer, check_may
from cms.models import CoursePage, LessonPage

AROUND = 24  # characters of context on each side
MOST = 800  # hits at once
Kind = str  # text | html | vtt
NOT_WORDS = {"slug", "cloth"}
Change = Callable[[str, Kind, str], str]  # a text, what it is, and its address among the texts of the page


@dataclass(frozen=True)
class Hit:
    """One place where the words stand. `key` is how the form names it."""

    key: str
    title: str
    label: str
    before: str
    word: str
    after: str


@dataclass(frozen=True)
class Search:
    """What is looked for, and what takes its place."""

    words: str
    new: str = ""
    is_exact: bool = True  # tells capitals apart

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.words), 0 if self.is_exact else re.IGNORECASE)


def find(*, page: CoursePage, search: Search) -> tuple[list[Hit], str]:
    """Every hit, at most `MOST`, and the fingerprint of the course they were found in."""
    facts = read_course(page)
    hits: list[Hit] = []
    for number, one in enumerate(facts.pages):
        for row in table(_model(number)):
            if isinstance(row, Row):
                _look(row, one, f"{number}.{row.name}", search, hits)
    return hits[:MOST], fingerprint(facts)


def _model(number: int) -> Any:
    return LessonPage if number else CoursePage


def _look(row: Row, page: PageFacts, address: str, search: Search, hits: list[Hit]) -> None:
    def noted(text: str, kind: Kind, where: str) -> str:
        for n, (before, word, after) in enumerate(_hits(text, kind, search)):
            hits.append(Hit(f"{where}.{n}", page.title, row.label, before, word, after))
        return text

    walk(row, page.values.get(row.name), address, noted)


def _hits(text: str, kind: Kind, search: Search) -> Iterator[tuple[str, str, str]]:
    for piece in _pieces(text, kind):
        said = piece.said
        for found in search.pattern.finditer(said) if piece.is_said else ():
            start, end = found.span()
            yield said[max(0, start - AROUND) : start], found[0], said[end : end + AROUND]


@dataclass(frozen=True)
class Piece:
    """A part of a text: said to readers, or there for machines."""

    raw: str
    is_said: bool
    is_marked: bool = False

    @property
    def said(self) -> str:
        return unescape(self.raw) if self.is_marked else self.raw

    def again(self, said: str) -> str:
        if said == self.said:
            return self.raw
        return escape(said, quote=False) if self.is_marked else said


def _pieces(text: str, kind: Kind) -> Iterator[Piece]:
    if kind == "text":
        yield Piece(text, True)
    elif kind == "html":
        for part in richtext.PARTS.split(text):
            yield Piece(part, part[:1] != "<", True)
    else:
        yield from _cues(text)


def _cues(text: str) -> Iterator[Piece]:
    """Of WebVTT only what is said: not its head, its notes, its names and times of cues, nor marks within a line."""
    is_cue = False
    for line in text.splitlines(keepends=True):
        is_said = is_cue and bool(line.strip()) and "-->" not in line
        is_cue = "-->" in line or (is_cue and bool(line.strip()))
        for part in richtext.PARTS.split(line) if is_said else [line]:
            yield Piece(part, is_said and part[:1] != "<", True)


def walk(row: Row, value: Any, address: str, change: Change) -> Any:
    """The value with every text of it changed; the same value where there is none."""
    if row.codec is codecs.BODY:
        return _walk_block(row.field.stream_block, value, address, change)
    if row.codec is codecs.RICH:
        return change(value, "html", address)
    if isinstance(value, Thing):
        return _walk_thing(value, address, change)
    is_words = isinstance(row.field, models.CharField | models.TextField) and not row.field.choices
    return (
        change(value, "text", address) if is_words and isinstance(value, str) and row.name not in NOT_WORDS else value
    )


def _walk_thing(thing: Thing, address: str, change: Change) -> Thing:
    if thing.family != "media":
        return thing
    return replace(thing, transcript=change(thing.transcript, "vtt", f"{address}.vtt"))


def _walk_block(block: Any, value: Any, address: str, change: Change) -> Any:
    if isinstance(block, blocks.StreamBlock):
        return [
            {**part, "value": _walk_block(block.child_blocks[part["type"]], part["value"], f"{address}.{n}", change)}
            for n, part in enumerate(value)
        ]
    if isinstance(block, blocks.StructBlock):
        inside = [name for name in value if name in block.child_blocks]  # an item of a list has its id besides
        walked = {
            name: _walk_block(block.child_blocks[name], value[name], f"{address}.{name}", change) for name in inside
        }
        return value | walked
    if isinstance(block, blocks.ListBlock):
        return [_walk_block(block.child_block, part, f"{address}.{n}", change) for n, part in enumerate(value)]
    if isinstance(block, blocks.RichTextBlock):
        return change(value, "html", address)
    is_words = isinstance(block, blocks.CharBlock | blocks.TextBlock)
    return change(value, "text", address) if is_words and isinstance(value, str) else value


@dataclass(frozen=True)
class Replaced:
    """How it went: how many pages have new words, and which of them stay drafts."""

    pages: int
    drafts: list[str]


def replace_words(*, page: CoursePage, search: Search, chosen: set[str], seen: str, by: User) -> Replaced:
    """The chosen hits, as new revisions: what was published as it stood is published again, a draft stays one.

    Every page can be taken back to the revision before. Raises `Stale` when the course is not the one that was searched,
    `BadPackage` when a text no longer fits its field, `NotYours`, `Locked`.
    """
    check_may(by, page)
    facts = read_course(page)
    if fingerprint(facts) != seen:
        raise Stale
    changed = _changed(facts, search, chosen)
    ours: list[Any] = [page, *lessons_of(page)]
    were_clean = [one for one in ours if one.live and not one.has_unpublished_changes]
    with transaction.atomic():
        Writer(changed, by, Keeper(by), seen).write()
        touched = [one for one in were_clean if _values_of(changed, one)]
        drafts = [one for one in touched if not _published(one, by)]
    told = [one for one in changed.pages if one.values]
    kept = {str(one.translation_key) for one in touched} - {str(one.translation_key) for one in drafts}
    return Replaced(len(told), [facts_title(facts, one.id) for one in told if one.id not in kept])


def facts_title(facts: CourseFacts, id_: str) -> str:
    return next(page.title for page in facts.pages if page.id == id_)


def _changed(facts: CourseFacts, search: Search, chosen: set[str]) -> CourseFacts:
    problems = Problems()
    pages = [_page(number, one, search, chosen, problems) for number, one in enumerate(facts.pages)]
    problems.stop()
    if not any(page.values for page in pages):
        raise BadPackage([_("一处也没有选。")])
    return CourseFacts(pages[0], pages[1:])


def _page(number: int, page: PageFacts, search: Search, chosen: set[str], problems: Problems) -> PageFacts:
    values = {}

    def put(text: str, kind: Kind, where: str) -> str:
        return _put(text, kind, where, search, chosen)

    for row in table(_model(number)):
        if isinstance(row, Row) and row.name in page.values:
            old = page.values[row.name]
            new = walk(row, old, f"{number}.{row.name}", put)
            if new != old:
                values[row.name] = _fitting(row, new, Place(problems, page.title, row.label))
    return PageFacts(page.id, values)


def _put(text: str, kind: Kind, where: str, search: Search, chosen: set[str]) -> str:
    count = -1

    def swapped(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return search.new if f"{where}.{count}" in chosen else found[0]

    return "".join(
        piece.again(search.pattern.sub(swapped, piece.said)) if piece.is_said else piece.raw
        for piece in _pieces(text, kind)
    )


def _fitting(row: Row, value: Any, place: Place) -> Any:
    """The new words must still fit where they stand."""
    if row.codec is codecs.PLAIN and not value and not row.field.blank:
        place.wrong(_("不能空着。"))
    if row.codec is codecs.PLAIN:
        row.codec.take(value, row.field, place, None)  # type: ignore[arg-type]
    elif row.codec is codecs.BODY:
        _fit_block(row.field.stream_block, value, place)
    return value


def _fit_block(block: Any, value: Any, place: Place) -> None:
    if isinstance(block, blocks.StreamBlock):
        for n, part in enumerate(value):
            _fit_block(block.child_blocks[part["type"]], part["value"], place.at(n))
    elif isinstance(block, blocks.StructBlock):
        for name in (name for name in value if name in block.child_blocks):
            _fit_block(block.child_blocks[name], value[name], place.at(name))
    elif isinstance(block, blocks.ListBlock):
        for n, part in enumerate(value):
            _fit_block(block.child_block, part, place.at(n))
    elif isinstance(block, blocks.CharBlock | blocks.TextBlock) and isinstance(value, str):
        most = block.field.max_length
        if most and len(value) > most:
            place.wrong(_("超过 %(most)s 个字。") % {"most": most})


def _values_of(facts: CourseFacts, page: Any) -> bool:
    return any(one.values for one in facts.pages if one.id == str(page.translation_key))


def _published(page: Any, by: User) -> bool:
    """Whether it could be put out again as it was before."""
    if not page.permissions_for_user(by).can_publish():
        return False
    fresh = type(page).objects.get(pk=page.pk)
    if fresh.has_unpublished_changes:  # a transcript alone makes no revision
        fresh.get_latest_revision().publish(user=by)
    return True

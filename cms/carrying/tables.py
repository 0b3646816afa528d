"""The lessons of a course as a table that people open in a spreadsheet, out and in."""

import csv
import io
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cms.carrying import codecs
from cms.carrying.errors import BadPackage
from cms.carrying.facts import CourseFacts, PageFacts, Thing
from cms.carrying.fields import Row, table
from cms.carrying.lookups import recording
from cms.carrying.parsing import made_id
from cms.carrying.problems import Place, Problems
from cms.carrying.reading import lessons_of, read_course
from cms.models import CoursePage, LessonPage
from media.models import Asset
from web.sheets import FORMULA

MOST_BYTES = 5 << 20
MOST_ROWS = 2000
QUOTED = re.compile(rf"'+[{re.escape(''.join(FORMULA))}]")
YES, NO = {"是", "有", "yes", "y", "true", "1", "真"}, {"否", "没有", "no", "n", "false", "0", "假", ""}
CELLS = (codecs.PLAIN, codecs.DECIMAL, codecs.MOMENT, codecs.DAY, codecs.SPAN, codecs.RECORDING)


def columns() -> list[Row]:
    """The fields of a lesson that fit into a cell."""
    rows = (row for row in table(LessonPage) if isinstance(row, Row))
    return [row for row in rows if row.codec in CELLS and row.field.get_internal_type() != "JSONField"]


def lines(page: CoursePage) -> Iterator[list[Any]]:
    """The table, its head first."""
    yield ["id", *(heading(row) for row in columns())]
    for lesson in read_course(page).lessons:
        yield [lesson.id, *(_cell(row, lesson.values[row.name]) for row in columns())]


def heading(row: Row) -> str:
    """What people call it; its own name where two are called the same."""
    same = [other for other in columns() if other.label == row.label]
    return row.label if len(same) == 1 else f"{row.label} ({row.name})"


def _cell(row: Row, value: Any) -> Any:
    if isinstance(value, Thing):
        return quoted(_called(value))
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if value is not None and row.field.choices:
        return quoted(str(dict(row.field.flatchoices).get(value, value)))
    if value and row.codec is codecs.MOMENT:
        return timezone.make_naive(datetime.fromisoformat(value)).isoformat(sep=" ")
    return quoted(value) if isinstance(value, str) else value


def quoted(text: str) -> str:
    """What looks as if it were made harmless already is marked once more, so that it comes back as it was."""
    return f"'{text}" if QUOTED.match(text) else text


def unquoted(cell: str) -> str:
    return cell[1:] if QUOTED.match(cell) else cell


def _called(thing: Thing) -> str:
    asset = Asset.objects.get(pk=thing.row or 0)
    is_alone = Asset.objects.of_the_school().filter(kind=asset.kind, title=asset.title).count() == 1
    return asset.title if is_alone else str(asset.uuid)


def decoded(data: bytes) -> str:
    """UTF-8, or what Excel in China and elsewhere saves. Raises `BadPackage`."""
    if len(data) > MOST_BYTES:
        raise BadPackage([_("表格超过 %(most)s MB。") % {"most": MOST_BYTES >> 20}])
    ways = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for way in ways:
        try:
            text = data.decode(way)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadPackage([_("看不出表格的文字编码。请存成 CSV (UTF-8) 再来。")])


def cells(text: str) -> list[list[str]]:
    """Raises `BadPackage` for what is no table."""
    head = text.partition("\n")[0]
    mark = max(",\t;", key=head.count)
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise BadPackage([_("这不是能读的 CSV 表格。")]) from error
    if len(found) > MOST_ROWS:
        raise BadPackage([_("表格超过 %(most)s 行。") % {"most": MOST_ROWS}])
    return [[unquoted(cell.strip()) for cell in line] for line in found]


def check_rows(rows: list[list[str]], problems: Problems) -> None:
    if not any(any(line) for line in rows):
        problems.found.append(_("表格里只有列名，没有内容。"))


@dataclass
class Sheet:
    """A table that is being taken in for a course. Columns and lessons that it does not have stay as they are."""

    page: CoursePage
    problems: Problems
    heads: list[Row | None] = field(default_factory=list)  # None: the id
    _given: dict[int, str] = field(default_factory=dict)  # recordings, and the row that took them

    def facts(self, text: str) -> CourseFacts:
        """Raises `BadPackage` with everything that is wrong, by row and column."""
        head, *rows = cells(text) or [[]]
        self.heads = [self._head(cell) for cell in head]
        self._check_heads(head)
        self.problems.stop()
        check_rows(rows, self.problems)
        self.problems.stop()
        known = {str(lesson.translation_key): lesson for lesson in lessons_of(self.page)}
        told: dict[str, dict[str, Any]] = {}
        for number, line in enumerate(rows, 2):
            if any(line):
                self._line(Place(self.problems, _("第 %(n)s 行") % {"n": number}), line, known, told)
        self.problems.stop()
        new = [id_ for id_ in told if id_ not in known]
        course = PageFacts(str(self.page.translation_key), {})
        return CourseFacts(course, [PageFacts(id_, told.get(id_, {})) for id_ in [*known, *new]])

    def _head(self, cell: str) -> Row | None:
        if cell.lower() == "id":
            return None
        for row in columns():
            if cell in names_of(row):
                return row
        self.problems.found.append(_("第 1 行：不认识的列：%(name)s。") % {"name": cell[:40] or "—"})
        return None

    def _check_heads(self, head: list[str]) -> None:
        names = [row.name if row else "id" for row in self.heads]
        if not self.problems.found and len(set(names)) < len(names):
            self.problems.found.append(_("第 1 行：有一列出现了两次。"))
        if not head:
            self.problems.found.append(_("表格是空的。"))

    def _line(self, place: Place, line: list[str], known: dict[str, Any], told: dict[str, dict[str, Any]]) -> None:
        pairs = list(zip(self.heads, line, strict=False))
        if len(line) > len(self.heads) and any(line[len(self.heads) :]):
            place.wrong(_("格子比列多。"))
        said = {row.name: cell for row, cell in pairs if row}
        id_ = self._id(place, next((cell for row, cell in pairs if row is None), ""), said, known)
        if id_ in told:
            place.wrong(_("这个小节在表格里出现了两次。"))
        if id_ not in known and not said.get("title"):
            place.wrong(_("新的小节要有题目。"))
        if "title" in said and not said["title"] and id_ in known:
            place.at(heading(next(row for row in columns() if row.name == "title"))).wrong(_("要有题目。"))
        told[id_] = {row.name: self._value(place, row, cell, known.get(id_)) for row, cell in pairs if row}

    def _id(self, place: Place, cell: str, said: dict[str, str], known: dict[str, Any]) -> str:
        if cell:
            try:
                found = str(uuid.UUID(cell))
            except ValueError:
                found = ""
            if found not in known:
                place.at("id").wrong(_("这门课里没有这个小节。新的小节把 id 空着。"))
            return found or cell
        slug = said.get("slug")
        here = next((id_ for id_, page in known.items() if slug and page.slug == slug), "")
        return here or made_id(str(self.page.translation_key), said)

    def _value(self, place: Place, row: Row, cell: str, lesson: Any) -> Any:
        here = place.at(heading(row))
        if row.codec is codecs.RECORDING:
            return self._recording(here, row, cell, lesson) if cell else None
        if isinstance(row.field, models.BooleanField):
            return self._yes_or_no(here, cell)
        if row.field.choices and cell and chosen(row, cell) is None:
            here.wrong(
                _("要写%(choices)s。") % {"choices": "、".join(str(label) for __, label in row.field.flatchoices)}
            )
            return None
        value = chosen(row, cell) if row.field.choices else cell
        return row.codec.take(value, row.field, here, NOTHING)

    def _yes_or_no(self, place: Place, cell: str) -> bool:
        if cell.lower() not in YES | NO:
            place.wrong(_("要写“是”或“否”。"))
        return cell.lower() in YES

    def _recording(self, place: Place, row: Row, cell: str, lesson: Any) -> Thing | None:
        found = list(self._called(row, cell, lesson)[:2])
        if len(found) != 1:
            several = _("有几份素材叫这个名字，请改写成它的 uuid。")
            place.wrong(several if found else _("没有叫“%(name)s”的素材。") % {"name": cell[:60]})
            return None
        asset = found[0]
        if asset.guard == "lesson" and asset.guarded_id != str(lesson.lesson_id if lesson else ""):
            place.wrong(_("这份素材已经用在别的小节里，请另传一份。"))
        if asset.pk in self._given:
            place.wrong(_("这份素材在%(place)s已经用了。") % {"place": self._given[asset.pk]})
        self._given[asset.pk] = place.file
        return recording(asset)

    def _called(self, row: Row, cell: str, lesson: Any) -> Any:
        """By uuid, or by title; what the lesson has already is meant first."""
        wanted = (row.field.get_limit_choices_to() or {}).get("kind")
        assets = Asset.objects.of_the_school()
        assets = assets.filter(kind=wanted) if wanted else assets
        own = getattr(lesson.get_latest_revision_as_object(), f"{row.name}_id") if lesson else None
        if own and assets.filter(pk=own, title=cell).exists():
            return assets.filter(pk=own)
        try:
            return assets.filter(uuid=uuid.UUID(cell))
        except ValueError:
            return assets.filter(title=cell)


NOTHING: Any = None  # cells name nothing that would have to be looked for


def names_of(row: Row) -> set[str]:
    """Its own name, and what it is called in every language of the office."""
    names = {row.name}
    for code, __ in settings.LANGUAGES:
        with translation.override(code):
            names |= {row.label, heading(row)}
    return names


def chosen(row: Row, cell: str) -> Any:
    """The value of a choice that is named in any language of the office; None for what is none, the empty cell for itself."""
    for value, label in row.field.flatchoices:
        if cell == str(value):
            return value
        for code, __ in settings.LANGUAGES:
            with translation.override(code):
                if cell == str(label):
                    return value
    return None if cell else cell

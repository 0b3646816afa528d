"""From a checked package to facts: every field that does not fit gets a sentence with its place."""

import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from wagtail.models import Page

from accounts.models import User
from cms.carrying.archive import Archive
from cms.carrying.errors import BadPackage
from cms.carrying.facts import CourseFacts, Family, PageFacts, Thing
from cms.carrying.fields import Row, table
from cms.carrying.packing import FORMAT, VERSION
from cms.carrying.problems import Place, Problems
from cms.models import CoursePage, LessonPage
from media.errors import MediaRefused
from media.models import Asset
from media.transcripts import checked
from membership.models import Tier

OURS = uuid.UUID(
    "6a1f4c1e-7d6b-5c0a-9a64-71756e6b6500"
)  # for packages that give no ids: made from slugs, so the same again
MOST_LESSONS = 500


@dataclass
class Package:
    """A package that is being taken in by someone."""

    archive: Archive
    problems: Problems
    by: User
    ids: set[str] = field(default_factory=set)

    def facts(self) -> CourseFacts:
        """Everything in it. Raises `BadPackage` with all that is wrong."""
        head = self._head()
        names = [name for name in self._names(head) if isinstance(name, str)]
        told = {name: self.archive.json(name) for name in names}
        self.problems.stop()
        course = head["course"]
        ids = [_lasting(course, "")] + [_lasting(each, str(course.get("slug"))) for each in told.values()]
        if len(set(ids)) < len(ids):
            raise BadPackage([_("course.json：两页的 id 一样。")])
        self.ids = set(ids)
        pages = [self._page(CoursePage, course, Place(self.problems, "course.json", "course"), ids[0])]
        pages += [
            self._page(LessonPage, each, Place(self.problems, name), found)
            for (name, each), found in zip(told.items(), ids[1:], strict=True)
        ]
        for name in self.archive.unused():
            self.problems.notes.append(_("%(file)s：没有用到。") % {"file": name[:100]})
        self.problems.stop()
        return CourseFacts(pages[0], pages[1:])

    def _head(self) -> dict[str, Any]:
        if "course.json" not in self.archive:
            raise BadPackage([_("包里没有 course.json，这不是导出的课。")])
        head = self.archive.json("course.json")
        self.problems.stop()
        if head.get("format") != FORMAT:
            raise BadPackage([_("course.json，format：应该是 %(format)s。") % {"format": FORMAT}])
        if head.get("version") != VERSION:
            said = {"version": str(head.get("version"))[:20], "known": VERSION}
            raise BadPackage([_("course.json，version：不认识第 %(version)s 版，这里只认第 %(known)s 版。") % said])
        if not isinstance(head.get("course"), dict):
            raise BadPackage([_("course.json，course：没有课程。")])
        for name in head.keys() - {"format", "version", "exported_at", "course", "lessons"}:
            Place(self.problems, "course.json").wrong(_("不认识的字段：%(name)s。") % {"name": str(name)[:40]})
        return head

    def _names(self, head: dict[str, Any]) -> list[Any]:
        names = head.get("lessons", [])
        place = Place(self.problems, "course.json", "lessons")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            place.wrong(_("这里应该是一个列表，一行一个小节文件。"))
            return []
        if len(names) > MOST_LESSONS:
            place.wrong(_("小节超过 %(most)s 个。") % {"most": MOST_LESSONS})
        if len(set(names)) < len(names):
            place.wrong(_("有一个小节写了两次。"))
        return names[:MOST_LESSONS]

    def _page(self, model: Any, told: dict[str, Any], place: Place, lasting: str) -> PageFacts:
        if not isinstance(told.get("title"), str) or not told["title"].strip():
            place.at("title").wrong(_("要有题目。"))
        said = told.get("id")
        if said is not None and said != lasting:
            place.at("id").wrong(_("要写成 UUID。"))
        return PageFacts(lasting, self._values(model, {name: told[name] for name in told if name != "id"}, place))

    def _values(self, model: Any, told: dict[str, Any], place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        rows = {row.name: row for row in table(model)}
        for name in told.keys() - rows.keys():
            place.wrong(_("不认识的字段：%(name)s。") % {"name": str(name)[:40]})
        for name, row in rows.items():
            if name not in told:
                continue
            if isinstance(row, Row):
                values[name] = row.codec.take(told[name], row.field, place.at(name), self)
            else:
                values[name] = self._children(row.model, told[name], place.at(name))
        return values

    def _children(self, model: Any, told: Any, place: Place) -> list[dict[str, Any]]:
        if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
            place.wrong(_("这里应该是一个列表。"))
            return []
        return [self._values(model, each, place.at(number)) for number, each in enumerate(told)]

    def recording(self, raw: Any, place: Place, *, kinds: list[str]) -> Thing | None:
        if raw is None:
            return None
        found = self._thing("media", raw, place, {"kind", "transcript"})
        if found is None:
            return None
        kind = raw.get("kind", kinds[0])
        if kind not in kinds:
            place.at("kind").wrong(
                _("这里放的应该是%(kinds)s。") % {"kinds": "、".join(str(Asset.Kind(kind).label) for kind in kinds)}
            )
        return Thing(**{**vars(found), "kind": str(kind), "transcript": self._transcript(raw, place)})

    def picture(self, raw: Any, place: Place) -> Thing | None:
        return self._thing("pictures", raw, place)

    def document(self, raw: Any, place: Place) -> Thing | None:
        return self._thing("files", raw, place)

    def _thing(self, family: Family, raw: Any, place: Place, more: set[str] = frozenset()) -> Thing | None:  # type: ignore[assignment]
        name = raw.get("file") if isinstance(raw, dict) else None
        if not isinstance(name, str):
            place.wrong(_('要写成 {"file": …, "title": …}。'))
            return None
        for odd in raw.keys() - {"file", "title"} - more:
            place.wrong(_("不认识的字段：%(name)s。") % {"name": str(odd)[:40]})
        if name not in self.archive:
            place.wrong(_("包里没有 %(file)s。") % {"file": name[:100]})
            return None
        source = self.archive.thing(name)
        stem, _dot, extension = name.rpartition("/")[2].rpartition(".")
        title = str(raw.get("title") or stem)[:200]
        return Thing(family, title, source.entry.file_size, extension.lower()[:10], source) if source else None

    def _transcript(self, raw: dict[str, Any], place: Place) -> str:
        name = raw.get("transcript")
        if not name:
            return ""
        text = self.archive.text(name) if isinstance(name, str) else None
        try:
            return checked(text) if text else ""
        except MediaRefused as refused:
            place.at("transcript").wrong(refused)
            return ""

    def page(self, ref: Any, place: Place) -> str | None:
        try:
            found = str(uuid.UUID(ref))
        except (ValueError, TypeError, AttributeError):
            place.wrong(_("要写成一页的 id。"))
            return None
        if found not in self.ids and not Page.objects.filter(translation_key=found).exists():
            place.note(_("链接指向的那一页这里没有，只留下文字。"))
        return found

    def person(self, email: str) -> User | None:
        return User.objects.filter(email__iexact=email.strip()).first()

    def stand_in(self, name: str) -> dict[str, str]:
        standing = getattr(self._here, name, None) or self.by
        return {"email": standing.email, "name": standing.name}

    def tier(self, slug: str) -> Tier | None:
        return Tier.objects.filter(slug=slug).first()

    @cached_property
    def _here(self) -> CoursePage | None:
        found: CoursePage | None = CoursePage.objects.filter(translation_key__in=self.ids).first()
        return found


def _lasting(told: dict[str, Any], course: str) -> str:
    """The id a page keeps in every school."""
    try:
        return str(uuid.UUID(told["id"]))
    except (KeyError, ValueError, TypeError, AttributeError):
        return made_id(course, told)


def made_id(course: str, told: dict[str, Any]) -> str:
    """The same one each time, for a page that came without."""
    return str(uuid.uuid5(OURS, f"{course}/{told.get('slug') or told.get('title')}"))

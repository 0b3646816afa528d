"""A course as a zip that is written while it is sent: nothing of it is ever whole in memory."""

import hashlib
import json
import re
import zipfile
from dataclasses import dataclass, field
from typing import IO, Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _

from cms.carrying.facts import CourseFacts, PageFacts, Thing, mapped
from media.store.base import Parts

FORMAT, VERSION = "qunke-course", 1
BORN = (1980, 1, 1, 0, 0, 0)  # the zip's own dates would make two equal courses differ
FOREIGN = re.compile(r"[^\w.-]+")
SUMS = "SHA256SUMS"


class Sink:
    """What a zip is written to: a pipe that remembers only what nobody took yet."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None: ...

    def taken(self) -> bytes:
        data, self.waiting = b"".join(self.waiting), []
        return data


@dataclass
class Bundle:
    """The texts of a package, and the things that go with them by their names in it."""

    texts: dict[str, str] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    _names: dict[tuple[str, int | None], str] = field(default_factory=dict)

    def stow(self, thing: Thing, near: str) -> dict[str, Any]:
        """How the texts speak of it."""
        name = self._name(thing, near)
        told: dict[str, Any] = {"file": name, "title": thing.title}
        if thing.family == "media":
            told["kind"] = thing.kind
        if thing.transcript:
            told["transcript"] = f"transcripts/{name.partition('/')[2].rpartition('.')[0]}.vtt"
            self.texts[told["transcript"]] = thing.transcript
        return told

    def _name(self, thing: Thing, near: str) -> str:
        known = self._names.get((thing.family, thing.row))
        if known:
            return known
        number = sum(1 for name in self.things if name.startswith(f"{thing.family}/{near}"))
        name = f"{thing.family}/{near}{f'-{number + 1}' if number else ''}.{FOREIGN.sub('', thing.extension) or 'bin'}"
        self.things[name] = thing
        self._names[thing.family, thing.row] = name
        return name


def packed(facts: CourseFacts, *, now: bool = True) -> Bundle:
    """Everything a package holds but the bytes. Without `now` two packages of the same course are the same."""
    bundle = Bundle()
    names = [f"{number:02}-{_word(page)}" for number, page in enumerate(facts.lessons, 1)]
    course = _told(facts.course, bundle, "course")
    lessons = {
        f"lessons/{name}.json": _told(page, bundle, name) for name, page in zip(names, facts.lessons, strict=True)
    }
    head: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if now:
        head["exported_at"] = timezone.localtime().isoformat(timespec="seconds")
    head |= {"course": course, "lessons": list(lessons)}
    told = {"course.json": head, **lessons}
    bundle.texts = {"README.txt": _readme(facts), **{name: _json(one) for name, one in told.items()}, **bundle.texts}
    return bundle


def _word(page: PageFacts) -> str:
    """A name people recognise and every system can keep."""
    return FOREIGN.sub("-", str(page.values.get("slug") or page.title)).strip("-.")[:40] or "lesson"


def _told(page: PageFacts, bundle: Bundle, near: str) -> dict[str, Any]:
    return {
        "id": page.id,
        **mapped(page.values, lambda leaf: bundle.stow(leaf, near) if isinstance(leaf, Thing) else leaf),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _readme(facts: CourseFacts) -> str:
    return _(
        "《%(title)s》，一门群课的全部内容，共 %(count)s 节。\n\n"
        "course.json      课程本身，和小节的次序\n"
        "lessons/         每个小节一个文件：题目、导语、正文、设置\n"
        "media/           录音和别的素材的原件\n"
        "transcripts/     文稿 (WebVTT)\n"
        "pictures/ files/ 正文里的图片和文件\n"
        "SHA256SUMS       每个文件的校验和 (sha256sum -c SHA256SUMS)\n\n"
        "文字都是 UTF-8。格式写在 docs/course-format.md 里。\n"
    ) % {"title": facts.course.title, "count": len(facts.lessons)}


def streamed(bundle: Bundle) -> Parts:
    """The zip, piece by piece. Bytes of things are stored as they are: they do not shrink."""
    sink, sums = Sink(), dict[str, str]()
    with zipfile.ZipFile(cast(IO[bytes], sink), "w") as archive:
        for name, text in bundle.texts.items():
            data = text.encode()
            archive.writestr(_entry(name, zipfile.ZIP_DEFLATED), data)
            sums[name] = hashlib.sha256(data).hexdigest()
            yield sink.taken()
        for name, thing in bundle.things.items():
            found = hashlib.sha256()
            with archive.open(_entry(name, zipfile.ZIP_STORED), "w", force_zip64=thing.size > 1 << 31) as entry:
                for part in thing.source.parts():
                    entry.write(part)
                    found.update(part)
                    yield sink.taken()
            sums[name] = found.hexdigest()
        archive.writestr(
            _entry(SUMS, zipfile.ZIP_DEFLATED), "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
        )
    yield sink.taken()


def _entry(name: str, how: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, BORN)
    entry.compress_type = how
    entry.external_attr = 0o644 << 16
    return entry

"""Opening a zip that somebody sent: everything that could hurt is refused before anything is unpacked."""

import hashlib
import json
import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.utils.translation import gettext as _

from cms.carrying.errors import BadPackage
from cms.carrying.packing import SUMS
from cms.carrying.problems import Problems
from cms.carrying.sources import Zipped

MOST_FILES = 3000
MOST_BYTES = 8 << 30  # unpacked, all together
MOST_TEXT = 8 << 20  # one JSON or WebVTT file
RATIO = 200  # unpacked to packed; the JSON of a course is near 10
SLACK = 1 << 20  # what may always be unpacked, however small it came
KNOWN_WAYS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db")


class Archive:
    """A checked package. Names are those inside the package's own folder, where it has one."""

    def __init__(self, file: str | Path | IO[bytes], problems: Problems) -> None:
        self.problems = problems
        try:
            self.zip = zipfile.ZipFile(file)
            entries = self.zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
            raise BadPackage([_("这不是能打开的 zip 文件。")]) from error
        self.entries = _checked(entries)
        self.used: set[str] = {"course.json", "README.txt", SUMS}
        self.sums: dict[str, str] = {}
        self.sums = self._sums()

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def text(self, name: str) -> str | None:
        """A text of the package; what is wrong with it is noted."""
        self.used.add(name)
        entry = self.entries.get(name)
        if entry is None:
            self.problems.found.append(_("%(file)s：包里没有这个文件。") % {"file": name[:100]})
        elif entry.file_size > MOST_TEXT:
            self.problems.found.append(_("%(file)s：文字太大了。") % {"file": name[:100]})
        else:
            return self._decoded(name, entry)
        return None

    def _decoded(self, name: str, entry: zipfile.ZipInfo) -> str | None:
        try:
            data = self.zip.read(entry)
            text = data.decode("utf-8-sig")
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, zlib.error) as error:
            is_text = isinstance(error, UnicodeDecodeError)
            sentence = _("不是 UTF-8 文字。") if is_text else _("已经损坏，读不出来。")
            self.problems.found.append(f"{name}：{sentence}")
            return None
        self._check_sum(name, hashlib.sha256(data).hexdigest())
        return text

    def json(self, name: str) -> dict[str, Any]:
        """An object of the package, {} when there is none."""
        text = self.text(name)
        if text is None:
            return {}
        try:
            found = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            self.problems.found.append(_("%(file)s，第 %(line)s 行：JSON 写错了。") % {"file": name, "line": line})
            return {}
        if isinstance(found, dict):
            return found
        self.problems.found.append(_("%(file)s：应该是一组名字和值。") % {"file": name})
        return {}

    def thing(self, name: str) -> Zipped | None:
        """Where the bytes of a thing are, when they are there and whole."""
        self.used.add(name)
        entry = self.entries.get(name)
        if entry is None:
            return None
        source = Zipped(self.zip, entry)
        return source if self._is_whole(name, source) else None

    def _is_whole(self, name: str, source: Zipped) -> bool:
        """Reading it to the end also proves the zip's own checksum."""
        try:
            return self._check_sum(name, source.sha256)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, zlib.error):
            self.problems.found.append(_("%(file)s：已经损坏，读不出来。") % {"file": name})
            return False

    def _check_sum(self, name: str, found: str) -> bool:
        is_right = self.sums.get(name, found) == found
        if not is_right:
            self.problems.found.append(_("%(file)s：和 SHA256SUMS 里的校验和不一样。") % {"file": name})
        return is_right

    def unused(self) -> list[str]:
        return sorted(set(self.entries) - self.used)

    def _sums(self) -> dict[str, str]:
        if SUMS not in self.entries:
            return {}
        lines = (self.text(SUMS) or "").splitlines()
        pairs = (line.split(maxsplit=1) for line in lines if line.strip())
        return {pair[1].lstrip("*"): pair[0].lower() for pair in pairs if len(pair) == 2}


def _checked(entries: Iterable[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    files = [entry for entry in entries if not entry.is_dir() and not _is_litter(entry.filename)]
    sentences = [sentence for entry in files if (sentence := _why_not(entry))]
    sentences += _too_much(files)
    folder = _folder([entry.filename for entry in files])
    names = [entry.filename.removeprefix(folder) for entry in files]
    sentences += sorted({_("%(file)s：出现了两次。") % {"file": name} for name in names if _count(names, name) > 1})
    if sentences:
        raise BadPackage(sentences[:20])
    return dict(zip(names, files, strict=True))


def _count(names: list[str], name: str) -> int:
    """Some systems do not tell capitals apart."""
    return sum(1 for other in names if other.lower() == name.lower()) if len(names) <= MOST_FILES else 0


def _is_litter(name: str) -> bool:
    return name.startswith(LITTER[0]) or name.rpartition("/")[2] in LITTER[1:]


def _folder(names: list[str]) -> str:
    """Who zips a folder instead of what is in it has everything one step deeper."""
    if "course.json" in names or not names:
        return ""
    top = names[0].partition("/")[0] + "/"
    return top if f"{top}course.json" in names and all(name.startswith(top) for name in names) else ""


def _why_not(entry: zipfile.ZipInfo) -> str:
    name, shown = (
        entry.filename,
        {"file": ascii(entry.filename)[1:-1][:100] if _odd(entry.filename) else entry.filename[:100]},
    )
    if _odd(name) or ".." in PurePosixPath(name).parts or name.startswith("/") or ":" in name:
        return _("%(file)s：文件名会跑到包外面去，不收。") % shown
    if stat.S_ISLNK(entry.external_attr >> 16):
        return _("%(file)s：是一个链接，不收。") % shown
    if entry.flag_bits & 1:
        return _("%(file)s：加了密码，打不开。") % shown
    if entry.compress_type not in KNOWN_WAYS:
        return _("%(file)s：压缩方法不认识。请用普通的 zip。") % shown
    if entry.file_size > entry.compress_size * RATIO + SLACK:
        return _("%(file)s：压得太狠，像是炸弹，不收。") % shown
    return ""


def _odd(name: str) -> bool:
    return "\\" in name or any(ord(letter) < 32 for letter in name) or len(name) > 300


def _too_much(files: list[zipfile.ZipInfo]) -> list[str]:
    sentences = []
    if len(files) > MOST_FILES:
        sentences.append(_("包里的文件超过 %(most)s 个。") % {"most": MOST_FILES})
    if sum(entry.file_size for entry in files) > MOST_BYTES:
        sentences.append(_("解开以后超过 %(most)s GB。") % {"most": MOST_BYTES >> 30})
    return sentences

"""Transcripts are WebVTT: what a player can show beside the voice. Read, written, and taken over from SubRip."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

from django.utils.translation import gettext as _

from media.errors import NotATranscript

LONGEST = 2_000_000  # characters
SLACK_MS = 1000  # programs that write subtitles round
TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
CUE = re.compile(rf"^{TIME}[ \t]+-->[ \t]+{TIME}(?:[ \t].*)?$", re.ASCII)
SUBRIP_TIME = re.compile(r"\b(?:(\d{1,2}):)?(\d{1,2}:\d{2}),(\d{1,3})\b", re.ASCII)
VOICE = re.compile(r"^<v(?:\.[^ \t>]*)?[ \t]+([^>]*)>")
MARKUP = re.compile(r"<[^>]*>")
ENCODINGS = ("utf-8-sig", "gb18030")  # subtitle programs on Chinese Windows still write the second


@dataclass(frozen=True)
class Cue:
    """What is said from `start_ms` to `end_ms`, without markup; `speaker` may be empty."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""

    @property
    def ms(self) -> int:
        return self.start_ms

    @property
    def seconds(self) -> float:
        return self.start_ms / 1000


def checked(text: str) -> str:
    """The transcript with plain line ends. Raises `NotATranscript` with the line that is wrong."""
    clean = _plain_lines(text)
    if not re.match(r"WEBVTT(?:[ \t\n]|$)", clean):
        raise NotATranscript(_("文稿要以 WEBVTT 开头。"))
    if len(clean) > LONGEST:
        raise NotATranscript(_("文稿太长了。"))
    _check_times(clean)
    return f"{clean}\n"


def taken(text: str | bytes) -> str:
    """WebVTT or SubRip, typed or as a file, as the school keeps it: judged by content. Raises `NotATranscript`."""
    plain_lines = _plain_lines(_decoded(text) if isinstance(text, bytes) else text)
    if not plain_lines:
        return ""
    return checked(plain_lines if plain_lines.startswith("WEBVTT") else _from_subrip(plain_lines))


def check_length(text: str, *, sound_ms: int | None) -> None:
    """Raises `NotATranscript` where a line begins after its sound is over: then it is that of another one. `None` is not measured."""
    late = [cue for cue in read(text) if sound_ms is not None and cue.start_ms > sound_ms + SLACK_MS]
    if late:
        facts = {"n": len(late), "at": _stamp(late[0].start_ms)[:8], "length": _stamp(sound_ms or 0)[:8]}
        raise NotATranscript(_("声音只有 {length}，文稿从 {at} 起还有 {n} 句。是不是别的声音的文稿？").format(**facts))


def read(text: str) -> list[Cue]:
    """The spoken lines of a WebVTT text, in its order; what is not a cue is passed over."""
    blocks = re.split(r"\n[ \t]*\n", _plain_lines(text))
    return [cue for block in blocks if (cue := _cue(block.split("\n")))]


def written(cues: Iterable[Cue]) -> str:
    """The cues as WebVTT; read again they are the same."""
    return "\n\n".join(["WEBVTT", *map(_block, cues)]) + "\n"


def moved(text: str, *, starts_ms: int, ends_ms: int) -> list[Cue]:
    """The lines of a transcript whose sound is a part of a longer one, from `starts_ms` to `ends_ms` of that."""
    found = (replace(cue, start_ms=starts_ms + cue.start_ms, end_ms=starts_ms + cue.end_ms) for cue in read(text))
    return [replace(cue, end_ms=min(cue.end_ms, ends_ms)) for cue in found if cue.start_ms < ends_ms]


def plain(text: str) -> str:
    """Only what is said, a line for each cue: for a search, or for reading."""
    return "\n".join(" ".join(cue.text.split("\n")) for cue in read(text))


def version(text: str) -> str:
    """A word that changes whenever the transcript does: who edits says from which one."""
    return sha256(text.encode()).hexdigest()[:16]


def _plain_lines(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip()


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotATranscript(_("这个文件读不成文字。请存成 UTF-8 的 .vtt 或 .srt。"))


def _from_subrip(text: str) -> str:
    if not re.search(r"^\S.* --> ", text, re.MULTILINE):
        raise NotATranscript(_("这不是 .vtt 也不是 .srt：里面没有一行带“-->”的时间。"))
    dotted = "\n".join(_dotted(line) if "-->" in line else line for line in text.split("\n"))
    _check_times(dotted)  # while a line still has the number that its author sees
    return f"WEBVTT\n\n{dotted}"


def _dotted(line: str) -> str:
    """SubRip's `0:00:01,5` as WebVTT's `00:00:01.500`; anything else stays, to be refused with its line."""
    return SUBRIP_TIME.sub(lambda part: f"{int(part[1] or 0):02}:{part[2]:0>5}.{part[3]:0<3}", line.strip())


def _check_times(text: str) -> None:
    latest = 0
    for number, line in _timed(text):
        begins, ends = _times(line)
        if begins >= ends or begins < latest:
            raise NotATranscript(_("文稿第 {n} 行的时间不对：{line}").format(n=number, line=line[:80]))
        latest = begins


def _timed(text: str) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if "-->" in line)


def _times(line: str) -> tuple[int, int]:
    """Milliseconds from and to; (0, 0) for what is no time."""
    found = CUE.match(line.strip())
    return (_milliseconds(found.groups()[:4]), _milliseconds(found.groups()[4:])) if found else (0, 0)


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, rest = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _cue(lines: list[str]) -> Cue | None:
    for number, line in enumerate(lines[:2]):  # a cue may have a name above its times
        start_ms, end_ms = _times(line)
        if end_ms:
            said = "\n".join(part.strip() for part in lines[number + 1 :]).strip()
            voice = VOICE.match(said)
            text = html.unescape(MARKUP.sub("", said)).strip()
            return Cue(start_ms, end_ms, text, html.unescape(voice[1]).strip() if voice else "") if text else None
    return None


def _block(cue: Cue) -> str:
    voice = f"<v {_escaped(cue.speaker)}>" if cue.speaker else ""
    text = re.sub(r"\n\s*\n", "\n", cue.text.strip())  # an empty line would end the cue
    return f"{_stamp(cue.start_ms)} --> {_stamp(cue.end_ms)}\n{voice}{_escaped(text)}"


def _escaped(text: str) -> str:
    """Also `-->`, which no player takes inside a cue."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _stamp(ms: int) -> str:
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"

"""Transcripts are WebVTT: what a player can show beside the voice."""

import re

from django.utils.translation import gettext as _

from media.errors import NotATranscript

LONGEST = 2_000_000  # characters
TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
CUE = re.compile(rf"^{TIME}[ \t]+-->[ \t]+{TIME}(?:[ \t].*)?$", re.MULTILINE | re.ASCII)


def checked(text: str) -> str:
    """The transcript with plain line ends. Raises `NotATranscript` with the line that is wrong."""
    clean = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not re.match(r"WEBVTT(?:[ \t\n]|$)", clean):
        raise NotATranscript(_("文稿要以 WEBVTT 开头。"))
    if len(clean) > LONGEST:
        raise NotATranscript(_("文稿太长了。"))
    _check_times(clean)
    return f"{clean}\n"


def _check_times(text: str) -> None:
    latest = 0
    for number, line in enumerate(text.split("\n"), 1):
        if "-->" not in line:
            continue
        cue = CUE.match(line)
        begins, ends = (_milliseconds(cue.groups()[:4]), _milliseconds(cue.groups()[4:])) if cue else (0, 0)
        if begins >= ends or begins < latest:
            raise NotATranscript(_("文稿第 {n} 行的时间不对：{line}").format(n=number, line=line[:80]))
        latest = begins


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, rest = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest

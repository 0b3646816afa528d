"""Words with their times, put together to lines that a reader takes in at a glance."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from media.transcripts import Cue

PAUSE_MS = 700  # longer than a breath: whoever goes on begins a new line
WIDEST, COMFORTABLE = 56, 24  # a Han character is 2 wide, a Latin one 1
ENDS, RESTS = "。！？!?；;…", "，、,：:"
HAN = r"[\u3400-\u9fff]"
FULL = str.maketrans({",": "，", "?": "？", "!": "！", ";": "；", ":": "："})


@dataclass(frozen=True)
class Word:
    """As an engine heard it, with the space or the mark that belongs to it."""

    start_ms: int
    end_ms: int
    text: str


def phrased(words: Iterable[Word]) -> list[Cue]:
    """Lines that end where a sentence does, at a pause, or when they are wide enough."""
    lines = [_cue(line) for line in _lines([word for word in words if word.text.strip()])]
    return [cue for cue in _in_turn(lines) if re.search(r"\w", cue.text)]


def _lines(words: list[Word]) -> Iterator[list[Word]]:
    line: list[Word] = []
    for word, after in pairwise([*words, None]):
        if word is None:
            continue
        line.append(word)
        if after is None or _is_over(line, after):
            yield line
            line = []


def _is_over(line: list[Word], after: Word) -> bool:
    width, last = _width(line), line[-1].text.rstrip()
    if last.endswith(tuple(ENDS)) or (last.endswith(".") and after.text.startswith(" ")):
        return True
    if after.start_ms - line[-1].end_ms >= PAUSE_MS:
        return True
    rests = last.endswith(tuple(RESTS)) or after.text.startswith(" ")
    return (width >= COMFORTABLE and rests) or width + _width([after]) > WIDEST


def _width(line: list[Word]) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for word in line for letter in word.text)


def _cue(line: list[Word]) -> Cue:
    return Cue(line[0].start_ms, max(line[-1].end_ms, line[0].start_ms + 1), _set("".join(word.text for word in line)))


def _set(text: str) -> str:
    """Chinese gets Chinese marks; where the engine left a gap between two Han characters, a reader takes a breath."""
    text = re.sub(rf"(?<={HAN})[ \t]+(?={HAN})", "，", text.strip())
    return re.sub(rf"(?<={HAN})([,?!;:])[ \t]*", lambda mark: mark[1].translate(FULL), text)


def _in_turn(cues: list[Cue]) -> Iterator[Cue]:
    """No line begins before the one above it, or lasts into the one below: engines are not that exact."""
    for cue, after in pairwise([*cues, None]):
        if cue:
            end = min(cue.end_ms, after.start_ms) if after and after.start_ms > cue.start_ms else cue.end_ms
            yield Cue(cue.start_ms, end, cue.text)

"""A book's cover drawn: cloth, a slip with the title, thread on the right, and the school's seal."""

import re
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

CLOTH = {"tea": "#2e4e45", "poem": "#2b3953", "child": "#8b684a"}  # the tokens of tokens.css, as sRGB
SLIP, INK, THREAD = "#f5f1e9", "#221d18", "#e1ded5"
FONTS = (  # a file, and the face in it that writes as mainland China does
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSerifCJK-Bold.ttc", 2),
    ("/usr/share/fonts/google-noto-serif-cjk-fonts/NotoSerifCJK-Bold.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2),
    ("/System/Library/Fonts/Supplemental/Songti.ttc", 1),
)
NEVER_FIRST = "，。、；：！？）」』》】〉…—～·,.;:!?)]}”’"
NEVER_LAST = "（「『《【〈([{“‘"
MOST_LINES = 4


@cache
def font_path() -> tuple[str, int] | None:
    """`SHARE_FONT`, or the first of the usual ones that is installed."""
    chosen = ((settings.SHARE_FONT, 0),) if settings.SHARE_FONT else FONTS
    return next(((path, face) for path, face in chosen if Path(path).is_file()), None)


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    path, face = font_path() or ("", 0)
    return ImageFont.truetype(path, size, index=face)


class Sheet:
    """One cover, `width` × `height` pixels."""

    def __init__(self, width: int, height: int, cloth: str) -> None:
        self.width, self.height, self.unit = width, height, height // 30
        self.picture = Image.new("RGB", (width, height), CLOTH.get(cloth, CLOTH["tea"]))
        self.draw = ImageDraw.Draw(self.picture)

    def of(self, *, title: str, by: str, school: str) -> Image.Image:
        self._thread()
        self._slip(title)
        self._seal(school)
        self._below(by, school)
        return self.picture

    @property
    def _right(self) -> int:
        """Where the thread runs."""
        return self.width - 4 * self.unit

    def _thread(self) -> None:
        self.draw.line([(self._right, 0), (self._right, self.height)], THREAD, 3)
        for part in (0.12, 0.37, 0.63, 0.88):
            self.draw.line([(self._right, part * self.height), (self.width, part * self.height)], THREAD, 3)

    def _slip(self, title: str) -> None:
        """As large as the title allows: a short one is read across a room, a long one still whole."""
        left, top, right, bottom = (
            2 * self.unit,
            2 * self.unit,
            self._right - 2 * self.unit,
            self.height - 8 * self.unit,
        )
        self.draw.rectangle([left, top, right, bottom], SLIP)
        inner = 2 * self.unit
        lines, size = fitted(
            title, width=right - left - 2 * inner, height=bottom - top - 2 * inner, largest=6 * self.unit
        )
        height = round(size * 1.35)
        y = top + (bottom - top - height * len(lines)) // 2 + (height - size) // 2
        for line in lines:
            self.draw.text((left + inner, y), line, INK, font=_font(size), anchor="la")
            y += height

    def _seal(self, school: str) -> None:
        side = 4 * self.unit
        left, top = 2 * self.unit, self.height - 6 * self.unit
        self.draw.rectangle([left, top, left + side, top + side], SLIP)
        letters = school[:2]
        font = _font(round(side * (0.42 if len(letters) > 1 else 0.66)))
        self.draw.text((left + side // 2, top + side // 2), letters, INK, font=font, anchor="mm")

    def _below(self, by: str, school: str) -> None:
        """Whose it is, to the right of the seal."""
        left, room = 7 * self.unit, self._right - 9 * self.unit
        rows = [by, school] if by else [school]
        size = round(1.5 * self.unit)
        y = self.height - 4 * self.unit - (len(rows) - 1) * self.unit
        for row in rows:
            self.draw.text((left, y), shortened(row, size, room), THREAD, font=_font(size), anchor="lm")
            y += 2 * self.unit


def fitted(text: str, *, width: int, height: int, largest: int) -> tuple[list[str], int]:
    """The text in lines, and the size in which they fit; what does not fit in the smallest ends in …"""
    for size in range(largest, largest // 5, -4):
        lines = wrapped(text, size, width)
        if len(lines) <= MOST_LINES and round(size * 1.35) * len(lines) <= height:
            return lines, size
    kept = wrapped(text, size, width)[:MOST_LINES]
    return [*kept[:-1], shortened(f"{kept[-1]}…", size, width)], size


def wrapped(text: str, size: int, width: int) -> list[str]:
    """Chinese breaks anywhere but before its punctuation; a word stays whole where it can."""
    lines = [""]
    for piece in _pieces(" ".join(text.split())):
        if lines[-1] and _wide(lines[-1] + piece.rstrip(), size) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
        while (room := _room(lines[-1], size, width)) < len(lines[-1]):  # a word longer than the line
            lines[-1:] = [lines[-1][:room], lines[-1][room:]]
    return [line.strip() for line in lines if line.strip()]


def _room(line: str, size: int, width: int) -> int:
    """How many of its characters fit, and at least one."""
    return next((n for n in range(len(line), 1, -1) if _wide(line[:n].rstrip(), size) <= width), 1)


def shortened(text: str, size: int, width: int) -> str:
    while _wide(text, size) > width and len(text) > 1:
        text = f"{text.rstrip('…')[:-1]}…"
    return text


def _pieces(text: str) -> list[str]:
    """What must not be parted: a word, a character with the marks that cling to it."""
    first, last = re.escape(NEVER_FIRST), re.escape(NEVER_LAST)
    return re.findall(rf"[{last}]*(?:[A-Za-z0-9'’&+-]+|[^\s])[{first}]*\s*", text)


def _wide(text: str, size: int) -> float:
    return _font(size).getlength(text)

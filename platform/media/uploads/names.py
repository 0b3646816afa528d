"""What a file's name tells: a title for people, and its place among others."""

import mimetypes
import re

DIGITS = {"〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
TENS = {"十": 10, "百": 100}
CHINESE = "〇零一二两三四五六七八九十百"
UNIT = "讲講课課节節集回章期篇"
EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
FIRST = re.compile(r"^(?:[\(（\[【]?\d{1,4}[\)）\]】]?(?:\s*[._、,，:：-]\s*|\s+)|\d{1,4}(?=[^\W\d_A-Za-z年月日点%]))")
NTH = re.compile(rf"^第\s*(?:\d+|[{CHINESE}]+)\s*[{UNIT}](?:\s*[._、,，:：·—-]+\s*|\s*)")
NUMBER = re.compile(rf"(\d+)|(?<=第)([{CHINESE}]+)(?=[{UNIT}])")


def title_of(filename: str) -> str:
    """`01_第一讲 认识茶.mp3` → 认识茶. A name that is nothing but numbering keeps it: `第一讲.mp3` → 第一讲."""
    stem = EXTENSION.sub("", filename.strip()).replace("_", " ").strip()
    title = _tidy(stem)
    for numbering in (FIRST, NTH):
        title = _tidy(numbering.sub("", title)) or title
    return (title or stem or filename)[:200]


def place_of(filename: str) -> str:
    """Sorted as text, these stand as a person would sort the names: 2 before 10, 第九讲 before 第十讲."""
    return NUMBER.sub(lambda found: f"{_value(found):010}", filename.casefold())


def media_called(filename: str) -> str:
    """`audio` or `video` if the name says it is one of them; nothing else that a name says matters to anyone."""
    said = (mimetypes.guess_type(filename)[0] or "").partition("/")[0]
    return said if said in {"audio", "video"} else ""


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" .-—·、，,:：")


def _value(found: re.Match[str]) -> int:
    return int(found[1][:10]) if found[1] else _chinese(found[2])


def _chinese(text: str) -> int:
    """Up to 999: 二十三 is 23, 十 is 10, 一百零二 is 102."""
    whole, digit = 0, 0
    for character in text:
        if ten := TENS.get(character):
            whole, digit = whole + (digit or 1) * ten, 0
        else:
            digit = DIGITS[character]
    return whole + digit

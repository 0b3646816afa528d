"""One writing for everything that is searched: 繁體 as 简体, ＴＥＡ as tea, and Chinese cut into pairs of characters.

Neither database knows where a Chinese word begins. So each character is indexed together with the one after it: what is
looked for is found anywhere in a sentence, and the longer it is, the fewer places share all its pairs.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("vendor") / "opencc-1.4.2/TSCharacters.txt"
LONGEST_WORD = 40  # letters of a word that are looked at


@dataclass(frozen=True)
class Folded:
    """`text`: runs of Chinese and single words, a space between them. `at`: where in the original each character stood."""

    text: str
    at: tuple[int, ...]

    @property
    def tokens(self) -> list[str]:
        """What is written into the index, in order."""
        return [token for run in self.text.split() for token in cut(run)]


def fold(text: str) -> Folded:
    """Punctuation and the spaces inside Chinese are passed over: 水，开了 is read as 水开了."""
    folded: list[str] = []
    at: list[int] = []
    before, is_apart = "", False
    for place, original in enumerate(text):
        for one in plain(original):
            kind = _kind(one)
            if before and kind and (kind != before or (kind == "word" and is_apart)):
                folded.append(" ")
                at.append(place)
            if kind:
                folded.append(one)
                at.append(place)
            before, is_apart = kind or before, not kind
    return Folded("".join(folded), tuple(at))


def cut(run: str) -> list[str]:
    """认识茶 → 认识, 识茶, 茶: whatever begins with 茶 begins one of them. A word stays one."""
    if not is_chinese(run):
        return [run[:LONGEST_WORD]]
    return [run[place : place + 2] for place in range(len(run))]


def is_chinese(run: str) -> bool:
    """Written without spaces; Japanese and Korean are, too, as far as searching goes."""
    return _kind(run[:1]) == "chinese"


@lru_cache(maxsize=65536)
def plain(character: str) -> str:
    """Full width or half, accented, capital or traditional: all the same one."""
    apart = unicodedata.normalize("NFKD", character)
    bare = "".join(one for one in apart if not unicodedata.combining(one))
    return unicodedata.normalize("NFKC", bare).casefold().translate(_simplified())


@lru_cache(maxsize=65536)
def _kind(character: str) -> str:
    category = unicodedata.category(character) if character else ""
    if category == "Lo":
        return "chinese"
    return "word" if category[:1] in {"L", "N"} else ""


@cache
def _simplified() -> dict[int, str]:
    """Where a character may have become several, one that differs: 瞭解 is found in 了解."""
    pairs = {}
    for line in TABLE.read_text("utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        others = [one for one in simplified.split() if one != traditional]
        if others and len(traditional) == 1:
            pairs[traditional] = others[0]
    return {ord(one): _end_of(one, pairs) for one in pairs}


def _end_of(one: str, pairs: dict[str, str]) -> str:
    """擣 became 捣 at once, others in two steps; nothing goes in circles."""
    seen = {one}
    while pairs.get(one, one) not in seen:
        one = pairs[one]
        seen.add(one)
    return one

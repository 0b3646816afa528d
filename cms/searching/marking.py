"""Showing where in a text the words stand, and no more of it than a line or two."""

from collections.abc import Iterator
from dataclasses import dataclass

from cms.searching.folding import Folded, fold
from cms.searching.query import Query

BEFORE, AROUND = 24, 96  # characters shown before the first word, and in all


@dataclass(frozen=True)
class Part:
    text: str
    is_marked: bool = False


Span = tuple[int, int]


def marked(text: str, query: Query) -> list[Part]:
    """The whole text, in parts that are marked and parts that are not."""
    return _parts(text, _spans(text, query))


def snippet(text: str, query: Query) -> tuple[list[Part], int]:
    """The text around the first of the words, and the number of the line on which that stands."""
    spans = _spans(text, query)
    first = spans[0][0] if spans else 0
    start = max(0, first - BEFORE)
    end = min(len(text), start + AROUND)
    inside = [(max(a, start) - start, min(b, end) - start) for a, b in spans if a < end and b > start]
    parts = _parts(text[start:end].replace("\n", " "), inside)
    cut = [*([Part("…")] if start else []), *parts, *([Part("…")] if end < len(text) else [])]
    return cut, text.count("\n", 0, first)


def _parts(text: str, spans: list[Span]) -> list[Part]:
    parts: list[Part] = []
    done = 0
    for start, end in spans:
        parts += [Part(text[done:start]), Part(text[start:end], True)]
        done = end
    return [part for part in (*parts, Part(text[done:])) if part.text]


def _spans(text: str, query: Query) -> list[Span]:
    """As they were typed where they stand so, else their pieces; side by side they are one."""
    folded = fold(text)
    whole = {term: list(_found(folded, term)) for term in query.terms}
    scattered = [] if all(whole.values()) else [span for piece in query.pieces for span in _found(folded, piece)]
    merged: list[Span] = []
    for start, end in sorted([*(span for spans in whole.values() for span in spans), *scattered]):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _found(folded: Folded, wanted: str) -> Iterator[Span]:
    """A word is found where it begins; Chinese anywhere."""
    place = folded.text.find(wanted)
    while place >= 0:
        if not (wanted[0].isascii() and place and folded.text[place - 1] != " "):
            yield folded.at[place], folded.at[place + len(wanted) - 1] + 1
        place = folded.text.find(wanted, place + 1)

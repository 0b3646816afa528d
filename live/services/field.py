"""The field of ten thousand: one dot a cohort, so that the few that failed are found at a glance."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from math import ceil, sqrt

WIDE = 2.4  # times as wide as high


@dataclass(frozen=True, slots=True)
class Field:
    """An SVG's measures in dots, and for each state the path that covers its dots."""

    columns: int
    rows: int
    paths: dict[str, str]


def field(states: Iterable[str]) -> Field:
    """Line by line; neighbours of one state are one stroke, so ten thousand alike cost a hundred strokes."""
    dots = list(states)
    columns = max(ceil(sqrt(len(dots) * WIDE)), 1)
    strokes: dict[str, list[str]] = {}
    for row in range(ceil(len(dots) / columns)):
        column = 0
        for state, same in groupby(dots[row * columns : (row + 1) * columns]):
            run = len(list(same))
            strokes.setdefault(state, []).append(f"M{column} {row}h{run}v1h-{run}z")
            column += run
    return Field(columns, ceil(len(dots) / columns), {state: "".join(some) for state, some in strokes.items()})

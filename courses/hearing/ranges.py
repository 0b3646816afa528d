"""Parts of a sound: [from, to] in milliseconds, in order, none touching another."""

from collections.abc import Iterable
from itertools import pairwise

MOST = 1000  # kept of one lesson: whoever jumps about more often than that loses the shortest
Range = list[int]


def joined(ranges: Iterable[Range]) -> list[Range]:
    """The same parts as few ranges; what is next to each other to the millisecond is one."""
    whole: list[Range] = []
    for begins, ends in sorted(ranges):
        if whole and begins <= whole[-1][1] + 1:
            whole[-1][1] = max(whole[-1][1], ends)
        elif ends > begins:
            whole.append([begins, ends])
    return sorted(sorted(whole, key=_length)[-MOST:])


def total(ranges: Iterable[Range]) -> int:
    return sum(map(_length, ranges))


def skipped(ranges: list[Range], longest: int) -> int:
    """What lies between one part and the next, where it is no longer than that."""
    gaps = (after[0] - before[1] for before, after in pairwise(ranges))
    return sum(gap for gap in gaps if gap <= longest)


def _length(one: Range) -> int:
    return one[1] - one[0]

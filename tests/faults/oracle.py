"""Judges what listeners heard against what was written down: order, identity, and that every gap was declared.

Knows nothing of the engine: only that a frame has an epoch and a number, and what the texts `hello` and `skip` declare.
"""

import zlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field


@dataclass
class Diary:
    """Everything one listener was sent, in order of arrival."""

    name: str = ""
    lines: list = field(default_factory=list)

    def frame(self, place, data, *, at, t=0):
        self.lines.append(("frame", place, zlib.crc32(data), at, t))

    def hello(self, place, *, resumed, at):
        self.lines.append(("hello", place, resumed, at))

    def skip(self, first, last):
        self.lines.append(("skip", first, last))

    @property
    def frames(self):
        return [line for line in self.lines if line[0] == "frame"]


@dataclass
class Verdict:
    deliveries: int = 0
    declared: int = 0  # gaps
    missed: int = 0  # frames in declared gaps
    violations: list = field(default_factory=list)


def judge(diaries, written, *, fenced=(), unwritten_allowed=False):
    """`written`: (epoch, seq) → the bytes that were written down; `fenced`: those of them that are no part of the
    lesson, because a later epoch had begun: nobody needs to hear them. With `unwritten_allowed` a listener may have
    heard what a lost disk took along.
    """
    verdict = Verdict()
    order = sorted(set(written) - set(fenced))
    sums = {place: zlib.crc32(data) for place, data in written.items()}
    for diary in diaries:
        _judge(diary, order, sums, verdict, unwritten_allowed=unwritten_allowed)
    return verdict


def _judge(diary, order, sums, verdict, *, unwritten_allowed):
    last = None  # the last frame that was heard, or what a hello put in its place
    skipped = range(0)
    for line in diary.lines:
        kind, *rest = line
        if kind == "hello":
            place, resumed, _ = rest
            if not resumed:
                verdict.declared += last is not None and last != place
                last = max(last or place, place)
            continue
        if kind == "skip":
            skipped = range(rest[0], rest[1] + 1)
            verdict.declared += 1
            continue
        place, digest, *_ = rest
        verdict.deliveries += 1
        wrong = None
        if place not in sums:
            wrong = None if unwritten_allowed else "was never written down"
        elif sums[place] != digest:
            wrong = "differs from what was written down"
        if last is not None and place <= last:
            wrong = f"came after {last}"
        elif last is not None:
            gap = order[bisect_right(order, last) : bisect_left(order, place)]
            undeclared = [one for one in gap if one[0] != place[0] or one[1] not in skipped]
            verdict.missed += len(gap)
            if undeclared:
                wrong = f"came after {last} without {len(undeclared)} in between, undeclared"
        if wrong:
            verdict.violations.append(f"{diary.name}: {place} {wrong}")
        last, skipped = place, range(0)

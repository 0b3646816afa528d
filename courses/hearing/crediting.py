"""What one report is worth. See docs/ear-time.md for why each rule is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from courses.hearing.ranges import Range, joined, total
from courses.hearing.report import Span
from courses.hearing.ticket import MS, Ticket
from courses.hearing.wall import Wall
from courses.models import Heard, Lesson

FASTEST = 2  # milliseconds of sound in one of time
SLACK_MS = 1000  # what the clocks of a sound and of a page may differ by; never credited
AHEAD = timedelta(seconds=10)  # what a browser's clock may have gained since the ticket


@dataclass
class Crediting:
    """One person, one lesson, one moment `now` after which nothing can have been heard. `length_ms` 0: not known."""

    person: User
    lesson: Lesson
    ticket: Ticket
    now: datetime
    length_ms: int = 0

    def credit(self, heard: Heard, spans: Iterable[Span]) -> None:
        """Add to `heard` what is new and believed; its sittings are written, itself is not."""
        ordered = sorted(spans, key=lambda span: span.began)
        if not ordered:
            return
        wall = Wall.of(self.person, self.ticket.issued)
        ranges: list[Range] = list(heard.ranges)
        for span in filter(self._is_believed, ordered):
            heard.ear_ms += self._take(span, wall, ranges, heard)
        heard.ranges = joined(ranges)
        heard.heard_ms = total(heard.ranges)
        wall.save()

    def _is_believed(self, span: Span) -> bool:
        """No sound goes that fast, and nobody comes from the future. A lie is not cut down to what could be true."""
        if self._moment(span.ended) > self.now + AHEAD:
            return False
        return span.to_ms - span.from_ms <= FASTEST * (span.ended - span.began) + SLACK_MS

    def _take(self, span: Span, wall: Wall, ranges: list[Range], heard: Heard) -> int:
        """The ear-time of the parts of the span whose time is still free; what was heard in them goes to `ranges`."""
        ear_ms = 0
        for began, ended in wall.free(self._moment(span.began), min(self._moment(span.ended), self.now)):
            from_ms, to_ms = self._at(span, began), self._at(span, ended)
            if to_ms > from_ms:
                worth = min(to_ms - from_ms, (ended - began) // MS)
                wall.take(self.person, self.lesson, began, ended, worth)
                ranges.append([from_ms, to_ms])
                heard.at = max(heard.at, ended)
                ear_ms += worth
        return ear_ms

    def _at(self, span: Span, moment: datetime) -> int:
        """Where the sound was: within a span it goes evenly, and ends where the lesson does."""
        pace = min(FASTEST, (span.to_ms - span.from_ms) / (span.ended - span.began))
        ms = span.from_ms + round(pace * ((moment - self._moment(span.began)) / MS))
        return min(ms, self.length_ms) if self.length_ms else ms

    def _moment(self, since: int) -> datetime:
        return self.ticket.issued + since * MS

"""What a browser says was heard. Read strictly: what it could not have meant is refused as a whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from courses.hearing.errors import TooMuch, Unreadable
from courses.hearing.ticket import VALID

MOST_BYTES = 64 * 1024  # what a browser lets a page send while it is closed
MOST_SPANS = 200
LONGEST_ID = 64
LONGEST_MS = 7 * 24 * 3600 * 1000  # of any sound
LATEST_MS = int(VALID.total_seconds() * 1000)


@dataclass(frozen=True)
class Span:
    """The sound went from `from_ms` to `to_ms` without a jump while the clock went from `began` to `ended`: milliseconds
    since the ticket was issued.
    """

    id: str
    from_ms: int
    to_ms: int
    began: int
    ended: int


@dataclass(frozen=True)
class Mark:
    """The sound was at `ms` when the clock was at `at`."""

    ms: int
    at: int


@dataclass(frozen=True)
class Report:
    ticket: str
    spans: tuple[Span, ...] = ()
    place: Mark | None = None


def read_report(body: bytes) -> Report:
    """Raises `Unreadable`, `TooMuch`."""
    if len(body) > MOST_BYTES:
        raise TooMuch
    told = _object(_parsed(body))
    spans, place = told.get("spans", []), told.get("place")
    if not isinstance(spans, list):
        raise Unreadable
    if len(spans) > MOST_SPANS:
        raise TooMuch
    return Report(
        ticket=_text(told.get("ticket"), 200),
        spans=tuple(_span(_object(each)) for each in spans),
        place=None if place is None else _place(_object(place)),
    )


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable from error


def _refuse(word: str) -> NoReturn:
    """Python would read NaN and Infinity, which are no JSON."""
    raise ValueError(word)


def _span(told: dict[str, Any]) -> Span:
    span = Span(
        id=_text(told.get("id"), LONGEST_ID),
        from_ms=_ms(told.get("from_ms"), LONGEST_MS),
        to_ms=_ms(told.get("to_ms"), LONGEST_MS),
        began=_ms(told.get("began"), LATEST_MS),
        ended=_ms(told.get("ended"), LATEST_MS),
    )
    if span.from_ms > span.to_ms or span.began > span.ended:
        raise Unreadable
    return span


def _place(told: dict[str, Any]) -> Mark:
    return Mark(ms=_ms(told.get("ms"), LONGEST_MS), at=_ms(told.get("at"), LATEST_MS))


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable
    return value


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise Unreadable
    return value


def _ms(value: Any, most: int) -> int:
    """A whole number: neither `true` nor "5" nor 5.0 is one."""
    if type(value) is not int or not 0 <= value <= most:
        raise Unreadable
    return value

"""The arithmetic of `Range: bytes=…` (RFC 9110 §14)."""

import re
from dataclasses import dataclass

ONE = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*", re.ASCII | re.IGNORECASE)
DIGITS = 18


class Unsatisfiable(Exception):
    """Understood, and outside of what there is: 416."""


@dataclass(frozen=True)
class Span:
    """Bytes `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def wanted(header: str, size: int) -> Span | None:
    """The span a header asks for of `size` bytes.

    None where the whole is to be sent: no header, another unit, several ranges, nonsense.
    Raises `Unsatisfiable`.
    """
    asked = ONE.fullmatch(header)
    if not asked or not any(asked.groups()) or max(map(len, asked.groups())) > DIGITS:
        return None
    first, last = asked.groups()
    if not first:
        return _suffix(int(last), size)
    return _span(int(first), int(last) if last else size - 1, size)


def _suffix(length: int, size: int) -> Span:
    if not length or not size:
        raise Unsatisfiable
    return Span(max(0, size - length), size - 1)


def _span(first: int, last: int, size: int) -> Span | None:
    if first >= size:
        raise Unsatisfiable
    return None if last < first else Span(first, min(last, size - 1))

"""What every store can do, and which keys it takes."""

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from media.errors import BadKey

KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._=-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._=-]*)*")
PREFIX = re.compile(rf"(?:{KEY.pattern}/?)?")
LONGEST = 300


CHUNK = 256 * 1024
Parts = Generator[bytes, None, None]


@dataclass(frozen=True, slots=True)
class Held:
    """An object as it is now. `version` is another one whenever the bytes are; `parts(first, last)` reads from one byte to
    another, both included, blocking, some at a time."""

    size: int
    modified: float  # seconds since 1970
    version: str
    parts: Callable[[int, int], Parts]


class Store(Protocol):
    """Bytes under keys such as ``assets/<uuid>/original.mp3``. Writing a key again replaces it whole.

    Reading what is not there raises `media.errors.Missing`; a store that does not answer raises
    `media.errors.StoreUnreachable`; a key outside the grammar raises `media.errors.BadKey`.
    """

    name: str

    def put_bytes(self, *, key: str, data: bytes, mime: str) -> None: ...

    def put_file(self, *, key: str, path: Path, mime: str) -> None: ...

    def read(self, *, key: str) -> bytes: ...

    def download(self, *, key: str, path: Path) -> None:
        """Copy the object to a local file; the file appears whole or not at all."""

    def size(self, *, key: str) -> int:
        """Bytes."""

    def held(self, *, key: str) -> Held: ...

    def exists(self, *, key: str) -> bool: ...

    def keys(self, *, prefix: str) -> list[str]:
        """Every key that begins so, sorted."""

    def delete(self, *, key: str) -> None:
        """Deleting what is not there is no mistake."""

    def link(self, *, key: str, mime: str, seconds: int, filename: str | None = None) -> str:
        """An address that gives these bytes to whoever holds it, with Range, for so many seconds."""


def checked(key: str) -> str:
    """The key itself. Raises `BadKey` for anything that could climb out of a root or hide in it."""
    if len(key) > LONGEST or not KEY.fullmatch(key):
        raise BadKey(f"Not a store key: {key!r}")
    return key


def checked_prefix(prefix: str) -> str:
    if len(prefix) > LONGEST or not PREFIX.fullmatch(prefix):
        raise BadKey(f"Not a store prefix: {prefix!r}")
    return prefix

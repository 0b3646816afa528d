"""What every store can do, and which keys it takes."""

import re
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

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


@dataclass(frozen=True, slots=True)
class Part:
    """A part that has arrived: its number from 1, its size in bytes, and the store's own name for what it holds."""

    number: int
    size: int
    tag: str


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

    def copy(self, *, key: str, to: str, mime: str) -> None:
        """The same bytes under another key, without their coming here."""

    def borrowed(self, *, key: str) -> AbstractContextManager[Path]:
        """A local file with these bytes, to be read only while it is held."""

    # In parts: nothing is seen under the key until all are put together. A part sent again replaces the one before.

    def begin_parts(self, *, key: str, mime: str) -> str:
        """The name of this sending, for the other verbs; once it is put together or dropped, they raise `Missing`."""

    def part_link(self, *, key: str, sending: str, number: int, size: int, seconds: int) -> str | None:
        """An address that takes this part, of just this size, by PUT; None where only `put_part` does."""

    def put_part(self, *, key: str, sending: str, number: int, data: IO[bytes], size: int) -> Part:
        """Take a part from where it is read, some at a time. Raises `CutShort` when it ends before its size."""

    def parts(self, *, key: str, sending: str) -> list[Part]:
        """What has arrived, by number."""

    def complete_parts(self, *, key: str, sending: str, mime: str) -> None:
        """Everything that has arrived, in order of number, becomes the object; whole or not at all."""

    def drop_parts(self, *, key: str, sending: str) -> None:
        """Dropping what is not there is no mistake."""


def checked(key: str) -> str:
    """The key itself. Raises `BadKey` for anything that could climb out of a root or hide in it."""
    if len(key) > LONGEST or not KEY.fullmatch(key):
        raise BadKey(f"Not a store key: {key!r}")
    return key


def checked_prefix(prefix: str) -> str:
    if len(prefix) > LONGEST or not PREFIX.fullmatch(prefix):
        raise BadKey(f"Not a store prefix: {prefix!r}")
    return prefix

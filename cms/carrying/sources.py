"""Where the bytes of a thing are, and how to have them without holding them all."""

import contextlib
import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from django.core.cache import cache

from media.store import store
from media.store.base import CHUNK

MONTH = 30 * 24 * 3600  # seconds


class Source(Protocol):
    @property
    def sha256(self) -> str: ...

    def parts(self) -> Iterator[bytes]: ...

    def path(self) -> contextlib.AbstractContextManager[Path]:
        """The bytes in a file of their own, for as long as it is looked at."""


@dataclass(frozen=True)
class Stored:
    """In the store, under a key whose bytes never change."""

    key: str

    @cached_property
    def sha256(self) -> str:
        name = f"sha256:{hashlib.md5(self.key.encode(), usedforsecurity=False).hexdigest()}"
        return str(cache.get_or_set(name, lambda: digest(self.parts()), MONTH))

    def parts(self) -> Iterator[bytes]:
        held = store().held(key=self.key)
        return held.parts(0, held.size - 1)

    @contextlib.contextmanager
    def path(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="carry-") as folder:
            path = Path(folder, self.key.rpartition("/")[2])
            store().download(key=self.key, path=path)
            yield path


@dataclass(frozen=True)
class Zipped:
    """In a package that is being carried in."""

    package: zipfile.ZipFile
    entry: zipfile.ZipInfo

    @cached_property
    def sha256(self) -> str:
        return digest(self.parts())

    def parts(self) -> Iterator[bytes]:
        with self.package.open(self.entry) as file:
            while chunk := file.read(CHUNK):
                yield chunk

    @contextlib.contextmanager
    def path(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="carry-") as folder:
            path = Path(folder, "thing")
            with self.package.open(self.entry) as file, path.open("wb") as copy:
                shutil.copyfileobj(file, copy, CHUNK)
            yield path


def digest(parts: Iterator[bytes]) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()

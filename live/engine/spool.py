"""Ten-second objects on their way to the store. What cannot be stored waits on disk, through a crash too."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Put = Callable[[str, bytes], None]


class Contents(NamedTuple):
    """What an object holds, as its name says: an epoch, its first and last seq, the microphone's last number in it."""

    epoch: int
    first: int
    last: int
    source: int

    @property
    def name(self) -> str:
        return f"{self.epoch:06d}-{self.first:010d}-{self.last:010d}-{self.source:010d}.qk"

    @classmethod
    def of(cls, name: str) -> "Contents":
        """`name` may be a path or a key of the store."""
        return cls(*map(int, name.rpartition("/")[2].removesuffix(".qk").split("-")))


class Spool:
    """A folder of objects not yet in the store. `put(name, data)` blocks, and raises what the store raises."""

    def __init__(self, folder: Path, put: Put) -> None:
        self.folder = folder
        self.put = put

    def add(self, name: str, data: bytes) -> None:
        """Blocking. The object is on disk, whole or not at all, when this returns."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".{name}"
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.rename(self.folder / name)

    def waiting(self) -> list[Path]:
        return sorted(self.folder.glob("[!.]*")) if self.folder.is_dir() else []

    def upload(self) -> None:
        """Blocking. Everything, in order; the same object again does no harm. Raises what the store raises."""
        for path in self.waiting():
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue  # another microphone of this lesson was quicker
            self.put(path.name, data)
            path.unlink(missing_ok=True)

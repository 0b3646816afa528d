"""The write-ahead log of a lesson: every frame, as it was sent out, before anyone may rely on it."""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

RECORD = struct.Struct("!2sIII")  # magic, length, source seq, CRC-32 of (length, source, payload)
MAGIC = b"QK"
LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """One frame and the microphone's own number of the last frame that went into it (0 for an event)."""

    payload: bytes
    source: int


def encode(record: Record) -> bytes:
    numbers = struct.pack("!II", len(record.payload), record.source)
    crc = zlib.crc32(record.payload, zlib.crc32(numbers))
    return RECORD.pack(MAGIC, len(record.payload), record.source, crc) + record.payload


def decode(data: bytes) -> Iterator[Record]:
    """Every whole record in `data`, stepping over what was cut or flipped."""
    at = 0
    while (at := data.find(MAGIC, at)) >= 0 and at + RECORD.size <= len(data):
        _, length, source, crc = RECORD.unpack_from(data, at)
        end = at + RECORD.size + length
        if length <= LARGEST and end <= len(data):
            payload = data[at + RECORD.size : end]
            if zlib.crc32(payload, zlib.crc32(struct.pack("!II", length, source))) == crc:
                yield Record(payload, source)
                at = end
                continue
        at += 1


class Journal:
    """An append-only file for one epoch. `append` returns at once; `sync` makes all of it survive a power cut."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.file: BinaryIO = path.open("ab", buffering=0)
        self.appended = self.synced = 0

    def append(self, record: Record) -> None:
        self.file.write(encode(record))
        self.appended += 1

    def sync(self) -> None:
        """Blocks for as long as the disk takes: call it from a thread."""
        upto = self.appended
        if upto != self.synced:
            os.fsync(self.file.fileno())
            self.synced = upto

    def close(self) -> None:
        """One in which nothing was said is not kept: whoever opens the next has fewer to look at."""
        self.sync()
        is_empty = not os.fstat(self.file.fileno()).st_size
        self.file.close()
        if is_empty:
            self.path.unlink(missing_ok=True)


def folder(broadcast_id: int) -> Path:
    """Where this machine keeps the write-ahead logs of a lesson."""
    return Path(settings.LIVE_ROOT) / str(broadcast_id)


def tail(folder: Path, *, size: int = 256 * 1024) -> list[bytes]:
    """The last frames of a lesson as this machine wrote them down, about `size` bytes of them."""
    frames: list[bytes] = []
    for path in sorted(folder.glob("*.log"), reverse=True)[:3] if folder.is_dir() else ():
        if size <= 0:
            break
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - size))
            data = file.read()
        frames = [record.payload for record in decode(data)] + frames
        size -= len(data)
    return frames


def files(folder: Path) -> list[Path]:
    """One log for each epoch that was written on this machine, in order."""
    return sorted(folder.glob("*.log")) if folder.is_dir() else []


def read(folder: Path) -> Iterator[Record]:
    """Every record of every epoch kept in a lesson's folder, in order of epoch."""
    for path in files(folder):
        yield from decode(path.read_bytes())

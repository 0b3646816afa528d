"""Opus packets into Ogg pages (RFC 3533, RFC 7845): an hour of them in a fraction of a second."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from live.engine import wire

PAGE = struct.Struct("<4sBBqIIIB")
FIRST, LAST = 2, 4
MOST_SEGMENTS = 255
PAGE_UNITS = wire.UNITS_PER_SECOND  # a page a second: a player finds its place quickly
SERIAL = 1
CRC_AT = 22
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def write(*, packets: Iterable[bytes], path: Path) -> int:
    """One file of mono Opus at 48 kHz; answers its length in samples.

    Nothing is skipped at the beginning: a place in the file is the same place on the media clock.
    """
    with path.open("wb") as file:
        return _write(packets, file)


def _write(packets: Iterable[bytes], file: BinaryIO) -> int:
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 0, 48000, 0, 0)
    tags = struct.pack("<8sI5sI", b"OpusTags", 5, b"qunke", 0)
    file.write(_page([head], number=0, samples=0, flags=FIRST))
    file.write(_page([tags], number=1, samples=0))
    samples, number, flags = 0, 2, 0
    pages = _pages(packets)
    coming = next(pages, ([], 0))
    while not flags & LAST:
        (page, units), after = coming, next(pages, None)
        samples += units * wire.SAMPLES_PER_UNIT
        flags, coming = (LAST, coming) if after is None else (0, after)
        file.write(_page(page, number=number, samples=samples, flags=flags))
        number += 1
    return samples


def _pages(packets: Iterable[bytes]) -> Iterator[tuple[list[bytes], int]]:
    """Packets by the page, each with its units."""
    page: list[bytes] = []
    units = segments = 0
    for packet in packets:
        needs = len(packet) // 255 + 1
        if page and (segments + needs > MOST_SEGMENTS or units >= PAGE_UNITS):
            yield page, units
            page, units, segments = [], 0, 0
        page.append(packet)
        units += wire.packet_units(packet)
        segments += needs
    if page:
        yield page, units


def _page(packets: list[bytes], *, number: int, samples: int, flags: int = 0) -> bytes:
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,)) for packet in packets)
    head = PAGE.pack(b"OggS", 0, flags, samples, SERIAL, number, 0, len(lacing))
    page = bytearray(b"".join((head, lacing, *packets)))
    page[CRC_AT : CRC_AT + 4] = _crc(page)
    return bytes(page)


def _crc(page: bytearray) -> bytes:
    """Ogg's checksum is zlib's with every bit the other way round."""
    mirrored = zlib.crc32(page.translate(REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return mirrored.to_bytes(4, "big").translate(REVERSED)

"""What was written down of a lesson, read back: this machine's log and the store's objects together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from live.engine import journal, wire
from live.engine.journal import Record, folder
from live.engine.montage import Piece, cut
from live.engine.spool import Contents
from media.store import store

READERS = 16  # objects fetched from the store at once
FOREVER = 1 << 40
RECENT = 1 << 20  # bytes of this machine's log: some minutes of voice
Payloads = dict[int, dict[int, bytes]]  # epoch → seq → frame


def segment_prefix(broadcast_id: int) -> str:
    """Where the store keeps its ten-second objects."""
    return f"live/{broadcast_id}/"


def keys_of(broadcast_id: int) -> list[str]:
    """The store's objects of a lesson, in order."""
    return sorted(key for key in store().keys(prefix=segment_prefix(broadcast_id)) if key.endswith(".qk"))


def only_stored(broadcast_id: int, *, after: tuple[int, int]) -> Iterator[Record]:
    """What the store's objects hold beyond an (epoch, seq), in order."""
    for key in keys_of(broadcast_id):
        held = Contents.of(key)
        if (held.epoch, held.last) > after:
            yield from journal.decode(store().read(key=key))


def sound_between(broadcast_id: int, starts: int, ends: int) -> Iterator[bytes]:
    """What was spoken from one moment of the media clock to another."""
    frames = (frame for frame in frames_of(broadcast_id) if frame.type == wire.AUDIO)
    return cut(Piece(0, starts, ends), list(laid(frames)))


def frames_of(broadcast_id: int) -> Iterator[wire.Frame]:
    """Every frame that was written down and stands, once, in order: this machine's log and the store's objects
    together. Where a later connection took over, what an earlier one still wrote is not part of the lesson."""
    return _standing(_found(broadcast_id))


def frames_since(broadcast_id: int, t: int) -> Iterator[wire.Frame]:
    """The same from a moment of the media clock on, and something before it: of a lesson of hours only the end is read."""
    found: Payloads = defaultdict(dict)
    _take(found, journal.tail(folder(broadcast_id), size=RECENT))
    for key in reversed(keys_of(broadcast_id)):
        if not _is_known(found, key):
            _take(found, _payloads(store().read(key=key)))
        if any(frame.packets and frame.t <= t for frame in _held(found, key)):
            return _standing(found)
    return frames_of(broadcast_id)


def _standing(found: Payloads) -> Iterator[wire.Frame]:
    epochs: list[list[wire.Frame]] = []
    t = n = FOREVER
    for epoch in sorted(found, reverse=True):
        frames = [wire.unpack(found[epoch][seq]) for seq in sorted(found[epoch])]
        epochs.append([kept for frame in frames if (kept := _before(frame, t, n))])
        t = min([t, *(frame.t for frame in frames if frame.packets)])
        n = min([n, *(frame.event["n"] for frame in frames if frame.type == wire.EVENT)])
    return (frame for frames in reversed(epochs) for frame in frames)


def timeline(frames: Iterable[wire.Frame]) -> Iterator[bytes]:
    """Packets back to back: what was lost is filled with concealment of exactly its length, repetitions are dropped."""
    return (packet for _, packet in laid(frames))


def laid(frames: Iterable[wire.Frame]) -> Iterator[tuple[int, bytes]]:
    """The same, each with its place on the media clock."""
    t = 0
    for frame in frames:
        if frame.packets and frame.t > t:
            for packet in wire.concealment(frame.packets[0], frame.t - t):
                yield t, packet
                t += wire.packet_units(packet)
        at = frame.t
        for packet in frame.packets:
            units = wire.packet_units(packet)
            if at >= t:
                yield at, packet
                t = at + units
            at += units


def _before(frame: wire.Frame, t: int, n: int) -> wire.Frame | None:
    """What of a frame lies before the moment a later connection took over."""
    if frame.type == wire.EVENT:
        return frame if frame.event["n"] < n else None
    if t == FOREVER or frame.t + frame.units <= t:
        return frame
    kept, at = [], frame.t
    for packet in frame.packets:
        at += wire.packet_units(packet)
        if at <= t:
            kept.append(packet)
    return replace(frame, packets=tuple(kept)) if kept else None


def _found(broadcast_id: int) -> Payloads:
    """Every record, by epoch and number. Of the store's objects only those are read that hold something more."""
    found: Payloads = defaultdict(dict)
    _take(found, (record.payload for record in journal.read(folder(broadcast_id))))
    missing = [key for key in keys_of(broadcast_id) if not _is_known(found, key)]
    with ThreadPoolExecutor(READERS) as readers:
        for data in readers.map(lambda key: store().read(key=key), missing):
            _take(found, _payloads(data))
    return found


def _payloads(data: bytes) -> Iterator[bytes]:
    return (record.payload for record in journal.decode(data))


def _take(found: Payloads, payloads: Iterable[bytes]) -> None:
    for payload in payloads:
        _, _, epoch, seq, _, _ = wire.HEADER.unpack_from(payload)
        found[epoch].setdefault(seq, payload)


def _is_known(found: Payloads, key: str) -> bool:
    epoch, first, last, _ = Contents.of(key)
    return all(seq in found[epoch] for seq in range(first, last + 1))


def _held(found: Payloads, key: str) -> Iterator[wire.Frame]:
    epoch, first, last, _ = Contents.of(key)
    return (wire.unpack(found[epoch][seq]) for seq in range(first, last + 1) if seq in found[epoch])

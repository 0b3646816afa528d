"""One microphone: check, number, write down, pass on, acknowledge."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from live.engine import wire
from live.engine.journal import Journal, Record, encode

logger = logging.getLogger(__name__)
SYNC_EVERY = 0.4  # seconds; the promise is 1 s
SEGMENT_UNITS = 10 * wire.UNITS_PER_SECOND
SEGMENT_SECONDS = 10.0

Publish = Callable[[bytes], Awaitable[None]]


@dataclass(slots=True)
class Position:
    """Where a lesson stands: restored from its log when a microphone connects again."""

    t: int = 0
    source: int = 0  # the last frame number of the microphone that was written down
    events: int = 0
    clip: int = 0
    clip_open: bool = False
    started: bool = False
    ended: bool = False
    had: dict[int, int] = field(default_factory=dict)  # epoch → the last frame number that was written down in it

    def follow(self, record: Record) -> None:
        frame = wire.unpack(record.payload)
        self.source = max(self.source, record.source)
        if frame.type == wire.AUDIO:
            self.had[frame.epoch] = max(self.had.get(frame.epoch, 0), record.source)
            self.t = max(self.t, frame.t + frame.units)
            return
        event = frame.event
        self.events = max(self.events, event["n"])
        self.started = True
        if event["kind"] == "clip_start":
            self.clip, self.clip_open = event["clip"], True
        elif event["kind"] == "clip_end":
            self.clip_open = False
        elif event["kind"] == "end":
            self.ended = True


def batch_units(audience: int) -> int:
    """How much sound one frame carries: a small class talks, a big one listens."""
    for most, units in ((500, 24), (2000, 48), (5000, 96)):
        if audience < most:
            return units
    return 192


class Segments:
    """Ten-second objects on their way to the store. What could not be stored waits and is tried again."""

    def __init__(self, *, put: Callable[[int, bytes], None]) -> None:
        self.put = put  # (index, bytes), blocking
        self.open: list[bytes] = []
        self.units = 0
        self.since = 0.0
        self.index = 0
        self.waiting: dict[int, bytes] = {}

    def add(self, data: bytes, units: int) -> None:
        if not self.open:
            self.since = time.monotonic()
        self.open.append(data)
        self.units += units

    def due(self) -> bool:
        return bool(self.open) and (self.units >= SEGMENT_UNITS or time.monotonic() - self.since >= SEGMENT_SECONDS)

    def cut(self) -> None:
        if self.open:
            self.waiting[self.index] = b"".join(self.open)
            self.index += 1
            self.open, self.units = [], 0

    def upload(self) -> None:
        """Blocking. Raises what the store raises; nothing is forgotten until it was stored."""
        for index in sorted(self.waiting):
            if data := self.waiting.get(index):
                self.put(index, data)  # the same object again does no harm
                self.waiting.pop(index, None)


class Ingest:
    """The one writer of a lesson in one epoch."""

    def __init__(
        self,
        *,
        epoch: int,
        position: Position,
        journal: Journal,
        segments: Segments,
        publish: Publish,
        record: Callable[[dict[str, Any]], None],
        audience: Callable[[], int],
    ) -> None:
        self.epoch = epoch
        self.at = position
        self.journal = journal
        self.segments = segments
        self.publish = publish
        self.record = record  # tells the database about an event, sometime
        self.audience = audience
        self.seq = 0
        self.expected = position.source + 1
        self.pending: list[bytes] = []
        self.pending_units = 0
        self.pending_flags = 0
        self.durable = position.source

    async def take(self, frame: wire.Frame) -> bool:
        """Accept the next frame of the microphone. False: not the next one, so nothing was done."""
        if frame.seq != self.expected:
            return frame.seq < self.expected  # a repetition is harmless; a hole must be filled first
        if frame.flags & wire.CLIP_START or (frame.packets and not self.at.clip_open):
            await self._begin_clip()
        self.expected += 1
        self.pending += frame.packets
        self.pending_units += frame.units
        if frame.flags & wire.CLIP_END:
            await self.end_clip()
        elif self.pending_units >= batch_units(self.audience()):
            await self._flush()
        return True

    async def slide(self, n: int) -> None:
        await self._flush()
        await self._tell("slide", slide=n)

    async def end(self) -> None:
        await self.end_clip()
        await self._tell("end")

    async def end_clip(self) -> None:
        if not self.at.clip_open:
            return
        self.pending_flags |= wire.CLIP_END
        await self._flush(force=True)
        self.at.clip_open = False
        await self._tell("clip_end", clip=self.at.clip)

    async def _begin_clip(self) -> None:
        await self.end_clip()
        if not self.at.started:
            self.at.started = True
            await self._tell("start")
        self.at.clip += 1
        self.at.clip_open = True
        await self._tell("clip_start", clip=self.at.clip)
        self.pending_flags |= wire.CLIP_START

    async def _flush(self, *, force: bool = False) -> None:
        if not self.pending and not (force and self.pending_flags):
            return
        frame = wire.Frame(wire.AUDIO, self.pending_flags, 0, 0, 0, tuple(self.pending))
        self.pending, self.pending_units, self.pending_flags = [], 0, 0
        await self._send(frame, self.expected - 1)

    async def _tell(self, kind: str, **payload: Any) -> None:
        self.at.events += 1
        frame = wire.event(kind=kind, n=self.at.events, t=self.at.t, at=time.time_ns() // 1_000_000, **payload)
        await self._send(frame, 0)
        self.record(frame.event)

    async def _send(self, frame: wire.Frame, source: int) -> None:
        self.seq += 1
        units = frame.units
        numbered = wire.pack(frame.numbered(epoch=self.epoch, seq=self.seq, t=self.at.t))
        self.at.t += units
        self.at.source = max(self.at.source, source)
        record = Record(numbered, source)
        self.journal.append(record)
        self.segments.add(encode(record), units)
        await self.publish(numbered)

    async def keep(self, *, acknowledge: Callable[[int, int], Awaitable[None]]) -> None:
        """Sync, acknowledge what is durable, send full segments to the store; runs until cancelled."""
        while True:
            await asyncio.sleep(SYNC_EVERY)
            source, t = self.at.source, self.at.t
            await asyncio.to_thread(self.journal.sync)
            if source > self.durable:
                self.durable = source
                await acknowledge(source, t)
            if self.segments.due():
                self.segments.cut()
            await self._upload()

    async def close(self) -> None:
        """Write down whatever was accepted; an open clip stays open, so that the same press may go on."""
        await self._flush()
        await asyncio.to_thread(self.journal.close)
        self.segments.cut()
        await self._upload()

    async def _upload(self) -> None:
        if not self.segments.waiting:
            return
        try:
            await asyncio.to_thread(self.segments.upload)
        except Exception as error:
            logger.warning("The store is away (%s); the recording waits on disk", error)

"""One microphone: check, number, write down, pass on, acknowledge."""

import asyncio
import logging
import time
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from live.engine import wire
from live.engine.journal import Journal, Record, encode
from live.engine.spool import Contents, Spool

logger = logging.getLogger(__name__)
SYNC_EVERY = 0.4  # seconds; the promise is 1 s
SEGMENT_UNITS = 10 * wire.UNITS_PER_SECOND
SEGMENT_SECONDS = 10.0

Publish = Callable[[bytes], Awaitable[None]]
Acknowledge = Callable[[int, int, int], Awaitable[None]]


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
        """Take the next record, in order of epoch and seq: a later epoch may stand earlier (its disk was lost)."""
        frame = wire.unpack(record.payload)
        self.t = frame.t + frame.units
        if frame.type == wire.AUDIO:
            self.source = record.source or self.source
            self.had[frame.epoch] = max(self.had.get(frame.epoch, 0), record.source)
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


STEPS = (24, 48, 96, 192)  # 60, 120, 240, 480 ms
AUDIENCES = (500, 2000, 5000)
TOO_BUSY, AT_EASE = 0.6, 0.15  # of a process's time, spent writing


def batch_units(audience: int) -> int:
    """How much sound one frame carries: a small class talks, a big one listens."""
    return STEPS[bisect_right(AUDIENCES, audience)]


class Batching:
    """Bigger frames for a bigger audience, and bigger still while a process spends too much of its time writing.

    `load` answers (listeners, share of its time the busiest process spends writing).
    """

    def __init__(self, load: Callable[[], tuple[int, float]], *, patience: float = 5.0) -> None:
        self.load = load
        self.patience = patience  # seconds between two steps: the effect of one must be seen first
        self.more = 0
        self.changed = 0.0

    def units(self) -> int:
        audience, busy = self.load()
        self._step(busy)
        return STEPS[min(bisect_right(AUDIENCES, audience) + self.more, len(STEPS) - 1)]

    def _step(self, busy: float) -> None:
        step = (busy > TOO_BUSY) - (busy < AT_EASE)
        more = min(max(self.more + step, 0), len(STEPS) - 1)
        if more != self.more and time.monotonic() - self.changed >= self.patience:
            self.more, self.changed = more, time.monotonic()


class Segments:
    """Ten seconds of records at a time into the spool, and from there to the store.

    `stored` is the microphone's number up to which everything is in the store.
    """

    def __init__(self, spool: Spool, *, epoch: int, source: int = 0) -> None:
        self.spool = spool
        self.epoch = epoch
        self.stored = 0
        self.open: list[bytes] = []
        self.units = 0
        self.since = 0.0
        self.first = self.last = 0
        self.source = source
        self.storing = asyncio.Lock()

    def add(self, record: Record, frame: wire.Frame) -> None:
        if not self.open:
            self.since, self.first = time.monotonic(), frame.seq
        self.open.append(encode(record))
        self.units += frame.units
        self.last, self.source = frame.seq, record.source or self.source

    def due(self) -> bool:
        return bool(self.open) and (self.units >= SEGMENT_UNITS or time.monotonic() - self.since >= SEGMENT_SECONDS)

    def cut(self) -> tuple[str, bytes] | None:
        """The open segment, to be spooled; another one begins."""
        if not self.open:
            return None
        cut = Contents(self.epoch, self.first, self.last, self.source).name, b"".join(self.open)
        self.open, self.units = [], 0
        return cut

    async def store(self, *, now: bool = False) -> None:
        """Send what is due, or everything `now`; what the store does not take waits on disk and is tried again."""
        async with self.storing:
            await self._store(now=now)

    async def _store(self, *, now: bool) -> None:
        if now or self.due():
            cut = self.cut()
            if cut:
                await asyncio.to_thread(self.spool.add, *cut)
        upto = max([0 if self.open else self.source, *(Contents.of(path.name).source for path in self.spool.waiting())])
        try:
            await asyncio.to_thread(self.spool.upload)
        except Exception as error:
            logger.warning("The store is away (%s); the recording waits on disk", error)
        else:
            self.stored = max(self.stored, upto)


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
        load: Callable[[], tuple[int, float]],
    ) -> None:
        self.epoch = epoch
        self.at = position
        self.journal = journal
        self.segments = segments
        self.publish = publish
        self.record = record  # tells the database about an event, sometime
        self.batching = Batching(load)
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
        elif self.pending_units >= self.batching.units():
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
        numbered = frame.numbered(epoch=self.epoch, seq=self.seq, t=self.at.t)
        record = Record(wire.pack(numbered), source)
        self.at.t += frame.units
        self.at.source = max(self.at.source, source)
        self.journal.append(record)
        self.segments.add(record, numbered)
        await self.publish(record.payload)

    async def keep(self, *, acknowledge: Acknowledge) -> None:
        """Sync, and acknowledge: durable on this disk up to, media clock, stored up to. Runs until cancelled."""
        told = (self.durable, self.segments.stored)
        while True:
            await asyncio.sleep(SYNC_EVERY)
            source, t = self.at.source, self.at.t
            await asyncio.to_thread(self.journal.sync)
            self.durable = source
            if (source, self.segments.stored) != told:
                told = (source, self.segments.stored)
                await acknowledge(source, t, told[1])

    async def keep_storing(self) -> None:
        """Send full segments to the store, however long it takes. Runs until cancelled."""
        while True:
            await asyncio.sleep(SYNC_EVERY)
            await self.segments.store()

    async def close(self) -> None:
        """Write down whatever was accepted; an open clip stays open, so that the same press may go on."""
        await self._flush()
        await asyncio.to_thread(self.journal.close)
        await self.segments.store(now=True)

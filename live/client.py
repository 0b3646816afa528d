"""A client of the live protocol, as docs/realtime.md describes it: what the commands and the tests speak."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from live.engine import wire

PER_FRAME = 3  # packets of 20 ms


class RefusedByServer(Exception):
    """The server closed the door; the text is its sentence, `code` its reason (docs/realtime.md)."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


@asynccontextmanager
async def door(site: str, part: str, ticket: str, query: str = "") -> AsyncIterator[ClientConnection]:
    """An open socket of a school. `site` is its address, ``https://school.example``."""
    parts = urlsplit(site)
    url = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/ws/{part}/{query}"
    protocols = [Subprotocol("qunke.1"), Subprotocol(f"ticket.{ticket}")]
    origin = Origin(f"{parts.scheme}://{parts.netloc}")
    async with connect(
        url,
        subprotocols=protocols,
        origin=origin,
        compression=None,
        max_size=1 << 20,
        proxy=None,
        open_timeout=20,
    ) as socket:
        yield socket


def opus_packets(path: Path, *, bit_rate: int = 24_000) -> Iterator[bytes]:
    """A sound file of any kind as 20 ms Opus packets, 48 kHz mono. Raises `av.FFmpegError` for what is no sound."""
    encoder = av.AudioCodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = 48000, "mono", "s16", bit_rate
    encoder.options = {"frame_duration": "20", "application": "audio"}
    resampler = av.AudioResampler(format="s16", layout="mono", rate=48000, frame_size=960)
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                yield from map(bytes, encoder.encode(piece))
        for piece in resampler.resample(None):
            if piece.samples == 960:
                yield from map(bytes, encoder.encode(piece))
        yield from map(bytes, encoder.encode(None))


async def paced(
    packets: Iterable[bytes], *, pace: float, told: Callable[[float], None] | None
) -> AsyncIterator[tuple[list[bytes], int]]:
    """One clip as frames of packets with their flags, each when its time has come."""
    began, units, flags, waiting = time.monotonic(), 0, wire.CLIP_START, list[bytes]()
    for packet in packets:
        waiting.append(packet)
        if len(waiting) < PER_FRAME:
            continue
        yield waiting, flags
        units += sum(map(wire.packet_units, waiting))
        flags, waiting = 0, []
        spoken = units / wire.UNITS_PER_SECOND
        if told:
            told(spoken)
        await asyncio.sleep(max(0.0, began + spoken * pace - time.monotonic()) if pace else 0)
    yield waiting, flags | wire.CLIP_END


@dataclass
class Speaker:
    """One microphone: sends packets in step with the clock and keeps what is not yet durable."""

    socket: ClientConnection
    epoch: int = 0
    next: int = 1
    durable: int = 0
    stored: int = 0
    stats: dict[str, Any] = field(default_factory=dict)

    async def greet(self) -> None:
        hello = text(await self.socket.recv())
        self.epoch, self.next = hello["epoch"], hello["next"]
        self.durable = self.next - 1

    async def say(
        self, packets: Iterable[bytes], *, pace: float = 1.0, told: Callable[[float], None] | None = None
    ) -> None:
        """One clip. `pace` 1 is real time, 0 as fast as it goes; `told` hears how many seconds were spoken."""
        async for some, flags in paced(packets, pace=pace, told=told):
            await self._send(some, flags)

    async def end(self) -> None:
        """End the lesson; the socket closes when the last frame is durable."""
        await self.socket.send(json.dumps({"type": "end"}))

    async def slide(self, n: int) -> None:
        await self.socket.send(json.dumps({"type": "slide", "n": n}))

    async def listen(self) -> None:
        """Take acknowledgements until the socket closes."""
        async for message in self.socket:
            told = text(message)
            if told["type"] == "ack":
                self.durable, self.stored = told["seq"], told["stored"]
            elif told["type"] == "stats":
                self.stats = told

    async def all_durable(self) -> None:
        while self.durable < self.next - 1:
            await asyncio.sleep(0.05)

    async def _send(self, packets: list[bytes], flags: int) -> None:
        frame = wire.Frame(wire.AUDIO, flags, self.epoch, self.next, 0, tuple(packets))
        self.next += 1
        await self.socket.send(wire.pack(frame))


@dataclass
class Heard:
    """What one listener heard: every frame, what was missing, and how late each frame was."""

    keeps: bool = True  # packets
    frames: int = 0
    size: int = 0
    units: int = 0
    gaps: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    packets: list[bytes] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    arrived: list[tuple[int, float]] = field(default_factory=list)
    last: tuple[int, int] = (0, 0)
    t: int | None = None
    clip_at: tuple[float, int] | None = None

    def take(self, data: bytes, *, keep: bool = True) -> None:
        now = time.time() * 1000
        frame = wire.unpack(data)
        self.size += len(data)
        if frame.epoch == self.last[0] and frame.seq != self.last[1] + 1:
            self.gaps += 1
        self.last = (frame.epoch, frame.seq)
        if frame.type == wire.EVENT:
            event = frame.event
            self.events.append(event | {"arrived": now})
            if event["kind"] == "clip_start":
                self.clip_at = (event["at"], event["t"])
            return
        self.frames += 1
        self.units += frame.units
        if self.clip_at:
            at, t = self.clip_at
            self.late_ms.append(now - at - (frame.t - t) * 1000 / wire.UNITS_PER_SECOND)
        if keep and self.keeps:
            self._keep(frame, now)

    def told(self, message: dict[str, Any]) -> None:
        """A hello after a lost connection may say that what was missed is gone."""
        if message["type"] == "hello" and not message["resumed"]:
            self.gaps += self.frames > 0
            self.last = (message["epoch"], message["seq"])

    def _keep(self, frame: wire.Frame, now: float) -> None:
        if self.t is not None and frame.t > self.t and frame.packets:
            self.packets += wire.concealment(frame.packets[0], frame.t - self.t)
        self.packets += frame.packets
        self.t = frame.t + frame.units
        self.arrived.append((frame.t, now))

    @property
    def ended(self) -> bool:
        return bool(self.events) and self.events[-1]["kind"] == "end"


async def hear(
    socket: ClientConnection,
    *,
    keep: bool = True,
    first_sound: Callable[[], Awaitable[None]] | None = None,
    heard: Heard | None = None,
) -> Heard:
    """Listen until the lesson ends or the socket closes; raises `RefusedByServer`."""
    heard = heard or Heard()
    async for message in socket:
        if isinstance(message, bytes):
            heard.take(message, keep=keep)
            if heard.frames == 1:
                await socket.send(json.dumps({"type": "heard", "seq": heard.last[1]}))
                if first_sound:
                    await first_sound()
            if heard.ended:
                break
        elif (told := text(message))["type"] == "state" and told["state"] == "ended":
            break
    return heard


def text(message: str | bytes) -> dict[str, Any]:
    """A text of the server; raises `RefusedByServer`."""
    told = json.loads(message)
    if told["type"] == "refused":
        raise RefusedByServer(told["sentence"], told["code"])
    return dict(told)

"""Clients that come back: a microphone that keeps what is not yet stored, and a listener that goes on where it was."""

import asyncio
import contextlib
import json
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from live.client import RefusedByServer, door, paced, text
from live.engine import wire

PASSING = {"busy", "ticket", "unavailable", "full", "slow"}  # refusals after which one tries again
QUICKEST, SLOWEST = 0.1, 1.0  # seconds between two attempts
Issue = Callable[[], Awaitable[str]]


class Line:
    """A socket that is opened again whenever it is lost: with the ticket of its last hello, else with a new one.
    `again` may be set to a first ticket.

    `sites` are addresses of one school, tried in turns. What goes wrong before the first hello is raised, and so is a
    refusal for good.
    """

    part = "listen"

    def __init__(self, sites: Sequence[str], issue: Issue) -> None:
        self.sites = deque(sites)
        self.issue = issue
        self.again = ""
        self.hellos: list[dict[str, Any]] = []
        self.refusals: list[tuple[float, str]] = []
        self.socket: ClientConnection | None = None
        self.is_over = False
        self.pause = QUICKEST

    async def stay(self) -> None:
        while not self.is_over:
            try:
                await self._visit()
            except RefusedByServer as refusal:
                self._think_over(refusal)
            except (OSError, WebSocketException, TimeoutError):
                if not self.hellos:
                    raise
                self.sites.rotate()
            finally:
                self.socket = None
            if not self.is_over:
                await asyncio.sleep(random.uniform(0.5, 1) * self.pause)  # noqa: S311
                self.pause = min(2 * self.pause, SLOWEST)

    async def _visit(self) -> None:
        self.again = self.again or await self.issue()
        async with door(self.sites[0], self.part, self.again, self._query()) as socket:
            hello = text(await asyncio.wait_for(socket.recv(), 20))
            self.again, self.pause, self.socket = hello["again"], QUICKEST, socket
            self.hellos.append({**hello, "arrived": time.time()})
            try:
                await self._greeted(hello)
                async for message in socket:
                    await self._take(message)
            except ConnectionClosed:
                pass

    def _think_over(self, refusal: RefusedByServer) -> None:
        self.refusals.append((time.time(), refusal.code))
        if refusal.code == "ended" and self.hellos:
            self.is_over = True
        elif refusal.code not in PASSING or not self.hellos:
            raise refusal
        elif refusal.code == "ticket":
            self.again = ""

    def _query(self) -> str:
        return ""

    async def _greeted(self, hello: dict[str, Any]) -> None: ...
    async def _take(self, message: str | bytes) -> None: ...


@dataclass(slots=True)
class Letter:
    """A frame that was said, and the epoch and number it was last sent under."""

    packets: tuple[bytes, ...]
    flags: int
    epoch: int = 0
    number: int = 0
    is_there: bool = False


class Microphone(Line):
    """Says what it is given in order, however often the connection is lost meanwhile."""

    part = "speak"

    def __init__(self, sites: Sequence[str], issue: Issue) -> None:
        super().__init__(sites, issue)
        self.letters: deque[Letter] = deque()
        self.epoch, self.number = 0, 1
        self.durable = self.stored = 0  # number, in the newest connection's counting
        self.stats: dict[str, Any] = {}
        self.acks: list[tuple[float, int, int]] = []
        self.is_ending = False
        self.written = asyncio.Event()  # there is something to send
        self.sending: asyncio.Task[None] | None = None

    async def say(
        self, packets: Iterable[bytes], *, pace: float = 1.0, told: Callable[[float], None] | None = None
    ) -> None:
        """One clip. `pace` 1 is real time, 0 as fast as it goes; `told` hears how many seconds were spoken."""
        async for some, flags in paced(packets, pace=pace, told=told):
            self.put(some, flags)

    def put(self, packets: Iterable[bytes], flags: int) -> None:
        """One frame, to be sent as soon as there is a connection."""
        self.letters.append(Letter(tuple(packets), flags))
        self.written.set()

    async def slide(self, n: int) -> None:
        if self.socket:
            await self.socket.send(json.dumps({"type": "slide", "n": n}))

    def end(self) -> None:
        """End the lesson when everything has been said; the socket closes when the last frame is durable."""
        self.is_ending = True
        self.written.set()

    async def all_durable(self) -> None:
        while not all(letter.is_there for letter in self.letters):
            await asyncio.sleep(0.05)

    async def all_stored(self) -> None:
        while self.letters:
            await asyncio.sleep(0.05)

    async def stay(self) -> None:
        try:
            await super().stay()
        finally:
            if self.sending:
                self.sending.cancel()

    async def _greeted(self, hello: dict[str, Any]) -> None:
        """What the server wrote down is there; the rest is sent again under new numbers."""
        if self.sending:
            self.sending.cancel()
        had = {int(epoch): number for epoch, number in hello["had"].items()} | {hello["epoch"]: hello["next"] - 1}
        others_spoke = bool(self.epoch) and any(self.epoch < epoch < hello["epoch"] for epoch in had)
        self.epoch, self.number = hello["epoch"], hello["next"]
        for letter in self.letters:
            letter.is_there = 0 < letter.number <= had.get(letter.epoch, 0)
        rest = self._unsent()
        for letter in rest:
            letter.epoch = letter.number = 0
        if others_spoke and rest and rest[0].packets:
            rest[0].flags |= wire.CLIP_START  # else it would go on in their clip
        self._settle(hello["next"] - 1, hello["stored"])
        self.sending = asyncio.create_task(self._send())

    async def _take(self, message: str | bytes) -> None:
        told = text(message)
        if told["type"] == "ack":
            self.acks.append((time.time(), told["seq"], told["stored"]))
            self._settle(told["seq"], told["stored"])
        elif told["type"] == "hello":  # something got lost on the way
            await self._greeted(told)
        elif told["type"] == "stats":
            self.stats = told

    def _settle(self, durable: int, stored: int) -> None:
        self.durable, self.stored = durable, stored
        for letter in self.letters:
            if letter.epoch == self.epoch and letter.number <= durable:
                letter.is_there = True
        while self.letters and self.letters[0].is_there and self.letters[0].number <= stored:
            self.letters.popleft()

    def _unsent(self) -> list[Letter]:
        return [letter for letter in self.letters if not letter.is_there]

    async def _send(self) -> None:
        socket = self.socket
        with contextlib.suppress(ConnectionClosed):
            while socket:
                self.written.clear()
                for letter in [one for one in self._unsent() if not one.number]:
                    letter.epoch, letter.number = self.epoch, self.number
                    self.number += 1
                    frame = wire.Frame(wire.AUDIO, letter.flags, letter.epoch, letter.number, 0, letter.packets)
                    await socket.send(wire.pack(frame))
                if self.is_ending:
                    await socket.send(json.dumps({"type": "end"}))
                await self.written.wait()


class Hearer(Protocol):
    """What a listener does with what comes."""

    def take(self, data: bytes) -> None: ...
    def told(self, message: dict[str, Any]) -> None:
        """A text: hello, skip, event, state."""


class Listener(Line):
    """Hears a lesson to its end, and after a lost connection what was missed meanwhile."""

    def __init__(self, sites: Sequence[str], issue: Issue, hearer: Hearer) -> None:
        super().__init__(sites, issue)
        self.hearer = hearer
        self.place = (0, 0)
        self.has_heard = False

    def _query(self) -> str:
        epoch, seq = self.place
        return f"?epoch={epoch}&seq={seq}" if epoch else ""

    async def _greeted(self, hello: dict[str, Any]) -> None:
        if not hello["resumed"]:
            self.place = (hello["epoch"], hello["seq"])
        self.hearer.told(hello)
        self.is_over = hello["state"] == "ended"

    async def _take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            await self._hear(message)
            return
        told = text(message)
        self.hearer.told(told)
        if told["type"] == "state" and told["state"] == "ended":
            await self._leave()
        elif told["type"] == "moved":
            await asyncio.sleep(random.uniform(0, told["within_ms"] / 1000))  # noqa: S311
            await self._close()

    async def _hear(self, data: bytes) -> None:
        kind, _, epoch, seq, _, _ = wire.HEADER.unpack_from(data)
        self.place = (epoch, seq)
        self.hearer.take(data)
        if kind == wire.AUDIO and self.socket and not self.has_heard:
            self.has_heard = True
            await self.socket.send(json.dumps({"type": "heard", "seq": seq}))
        if kind == wire.EVENT and wire.unpack(data).event["kind"] == "end":
            await self._leave()

    async def _leave(self) -> None:
        self.is_over = True
        await self._close()

    async def _close(self) -> None:
        if self.socket:
            await self.socket.close()

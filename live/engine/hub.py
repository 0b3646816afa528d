"""The hub of one process: every listener of every lesson that is heard here."""

import asyncio
import json
import secrets
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from live.engine import wire
from live.engine.bus import Bus, bus
from live.engine.outlet import Outlet, Prepared

RING_UNITS = 30 * wire.UNITS_PER_SECOND
SLICE = 0.004  # seconds of writing before the loop may breathe
BACKLOG = 60 * 1024  # unsent bytes after which a listener skips: twenty seconds of voice
CAUGHT_UP = 2 * 1024
PATIENCE = 20.0  # seconds a listener may stay behind before the socket is closed
HEARTBEAT = 2.0

FRAME, PRESENCE, CONTROL, TEXT = b"F", b"P", b"C", b"T"


def topic(room_id: int) -> str:
    return f"live.{room_id}"


class Listener:
    """One socket. Its cohort is only a label."""

    __slots__ = ("behind_since", "cohort", "leave", "missed", "outlet", "person", "say")

    def __init__(
        self,
        *,
        outlet: Outlet,
        say: Callable[[dict[str, Any]], Awaitable[None]],
        leave: Callable[[str], None],
        person: int,
        cohort: int | None,
    ) -> None:
        self.outlet = outlet
        self.say = say
        self.leave = leave  # called with the code of a refusal
        self.person = person
        self.cohort = cohort
        self.behind_since = 0.0
        self.missed = 0  # first seq skipped while behind

    def take(self, message: Prepared, seq: int) -> None:
        if self.behind_since:
            self._wait(seq)
            if self.behind_since:
                return
        if self.outlet.write(message) > BACKLOG:
            self.behind_since, self.missed = time.monotonic(), seq + 1

    def _wait(self, seq: int) -> None:
        if self.outlet.unsent() <= CAUGHT_UP:
            self.behind_since = 0.0
            asyncio.ensure_future(self.say({"type": "skip", "from": self.missed, "to": seq - 1}))  # noqa: RUF006
        elif time.monotonic() - self.behind_since > PATIENCE:
            self.leave("slow")


class Room:
    """One lesson as heard in this process: its listeners, and the last 30 s for those who join or come back."""

    def __init__(self, room_id: int) -> None:
        self.id = room_id
        self.listeners: dict[Listener, None] = {}
        self.ring: deque[tuple[wire.Frame, Prepared]] = deque()
        self.epoch = self.seq = self.t = 0
        self.waiting: deque[tuple[wire.Frame | None, Prepared]] = deque()
        self.pump: asyncio.Task[None] | None = None
        self.elsewhere: dict[str, tuple[float, Counter[int]]] = {}
        self.controls: list[Callable[[dict[str, Any]], None]] = []

    def deliver(self, payload: bytes) -> None:
        self._queue(wire.unpack(payload), Prepared(payload))

    def tell(self, body: bytes) -> None:
        """One JSON text to every listener here, in its place between the frames."""
        self._queue(None, Prepared(body, text=True))

    def _queue(self, frame: wire.Frame | None, message: Prepared) -> None:
        self.waiting.append((frame, message))
        if self.pump is None or self.pump.done():
            self.pump = asyncio.get_running_loop().create_task(self._pump())

    async def _pump(self) -> None:
        while self.waiting:
            frame, message = self.waiting.popleft()
            if frame:
                self._remember(frame, message)
            await self._write(tuple(self.listeners), message, self.seq)

    async def _write(self, listeners: tuple[Listener, ...], message: Prepared, seq: int) -> None:
        until = time.monotonic() + SLICE
        for index, listener in enumerate(listeners):
            listener.take(message, seq)
            if not index & 63 and time.monotonic() > until:
                await asyncio.sleep(0)
                until = time.monotonic() + SLICE

    def _remember(self, frame: wire.Frame, message: Prepared) -> None:
        if frame.epoch != self.epoch:
            self.ring.clear()
        self.epoch, self.seq, self.t = frame.epoch, frame.seq, frame.t + frame.units
        self.ring.append((frame, message))
        while self.ring and self.ring[0][0].t + RING_UNITS < self.t:
            self.ring.popleft()

    def since(self, epoch: int, seq: int) -> list[Prepared] | None:
        """What came after (epoch, seq), or None when some of it is gone."""
        if epoch != self.epoch or seq > self.seq:
            return None
        if seq == self.seq:
            return []
        later = [(frame, message) for frame, message in self.ring if frame.seq > seq]
        return [message for _, message in later] if later and later[0][0].seq == seq + 1 else None

    def heard(self) -> Counter[int]:
        """Listeners in this process, by cohort; 0 stands for none."""
        return Counter(listener.cohort or 0 for listener in self.listeners)

    def audience(self) -> Counter[int]:
        """Listeners everywhere, as the other processes last told."""
        total, now = self.heard(), time.monotonic()
        for told, count in self.elsewhere.values():
            if now - told < 3 * HEARTBEAT:
                total += count
        return total


class Hub:
    """The rooms of this process and their line to the bus."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.rooms: dict[int, Room] = {}
        self.users: Counter[int] = Counter()
        self.heartbeat: asyncio.Task[None] | None = None
        self.name = secrets.token_hex(8)
        self.handlers: dict[int, Callable[[bytes], None]] = {}

    async def enter(self, room_id: int) -> Room:
        """The room, subscribed to its topic; `leave` gives it back."""
        self.users[room_id] += 1
        if room_id not in self.rooms:
            room = self.rooms[room_id] = Room(room_id)
            self.handlers[room_id] = lambda data: self._receive(room, data)
            await self.bus.subscribe(topic(room_id), self.handlers[room_id])
        if self.heartbeat is None or self.heartbeat.done():
            self.heartbeat = asyncio.get_running_loop().create_task(self._beat())
        return self.rooms[room_id]

    async def leave(self, room_id: int) -> None:
        self.users[room_id] -= 1
        if self.users[room_id] <= 0:
            del self.users[room_id]
            del self.rooms[room_id]
            await self.bus.unsubscribe(topic(room_id), self.handlers.pop(room_id))

    async def publish(self, room_id: int, payload: bytes) -> None:
        await self.bus.publish(topic(room_id), FRAME + payload)

    def _receive(self, room: Room, data: bytes) -> None:
        kind, body = data[:1], data[1:]
        if kind == FRAME:
            room.deliver(body)
        elif kind == PRESENCE:
            told = json.loads(body)
            if told["from"] != self.name:
                counts = Counter({int(cohort): n for cohort, n in told["heard"].items()})
                room.elsewhere[told["from"]] = (time.monotonic(), counts)
        elif kind == TEXT:
            room.tell(body)
        elif kind == CONTROL:
            message = json.loads(body)
            for control in tuple(room.controls):
                control(message)

    async def _beat(self) -> None:
        while self.rooms:
            for room in tuple(self.rooms.values()):
                told = {"from": self.name, "heard": room.heard()}
                await self.bus.publish(topic(room.id), PRESENCE + json.dumps(told).encode())
            await asyncio.sleep(HEARTBEAT)


@cache
def hub() -> Hub:
    """This process's hub."""
    return Hub(bus())


def control(room_id: int, message: dict[str, Any]) -> None:
    """Tell every process something about a lesson, from synchronous code: that it ended, whom to check again."""
    bus().post(topic(room_id), CONTROL + json.dumps(message).encode())


def tell(room_id: int, message: dict[str, Any]) -> None:
    """One JSON text to every listener of a lesson in every process, from synchronous code: one bus message, framed
    once per process."""
    bus().post(topic(room_id), TEXT + json.dumps(message, ensure_ascii=False).encode())

"""The hub of one process: every listener of every lesson that is heard here."""

import asyncio
import json
import secrets
import struct
import time
from array import array
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import chain
from typing import Any

from live.engine import journal, wire
from live.engine.bus import Bus, bus
from live.engine.room import HEARTBEAT, Room

gone_from: list[Callable[[int], wire.Spans]] = []  # who knows what was taken back of a lesson; asked in a thread

PATIENCE, A_MOMENT = 0.5, 0.005  # seconds: for a round to end, and for what was just told to begin one

FRAME, PRESENCE, CONTROL, TEXT = b"F", b"P", b"C", b"T"
PRESENT = struct.Struct("!IIf")  # listeners in a process, those who struggle, share of its time it spends writing
Recall = Callable[[int], list[bytes]]


def topic(room_id: int) -> str:
    return f"live.{room_id}"


def cohorts_topic(room_id: int) -> str:
    """Listeners by cohort, told apart from the sound: of five million in ten thousand cohorts it is a lot to read."""
    return f"live.{room_id}.cohorts"


class Hub:
    """The rooms of this process and their line to the bus. `recall` reads what this machine wrote down of a lesson."""

    def __init__(self, bus: Bus, recall: Recall = lambda room_id: []) -> None:
        self.bus = bus
        self.recall = recall
        self.rooms: dict[int, Room] = {}
        self.users: Counter[int] = Counter()
        self.heartbeat: asyncio.Task[None] | None = None
        self.name = secrets.token_hex(8)
        self.me = self.name.encode()
        self.handlers: dict[int, Callable[[bytes], None]] = {}

    async def enter(self, room_id: int) -> Room:
        """The room, subscribed to its topic and knowing its last 30 s; `leave` gives it back."""
        self.users[room_id] += 1
        room = self.rooms.get(room_id)
        if room is None:
            room = self.rooms[room_id] = Room(room_id)
            self.handlers[room_id] = lambda data: self._receive(room, data)
            await self.bus.subscribe(topic(room_id), self.handlers[room_id])
            room.open(await self._earlier(room_id))
        if self.heartbeat is None or self.heartbeat.done():
            self.heartbeat = asyncio.get_running_loop().create_task(self._beat())
        await room.is_open.wait()
        return room

    async def follow_cohorts(self, room: Room) -> None:
        """Have the other processes' listeners by cohort too: whoever shows them asks for them, nobody else."""
        if not room.follow:
            room.follow = lambda data: self._count(room, data)
            await self.bus.subscribe(cohorts_topic(room.id), room.follow)

    def _count(self, room: Room, data: bytes) -> None:
        name, numbers = data[: len(self.me)], array("Q", data[len(self.me) :])
        if name != self.me:
            counts = Counter(dict(zip(numbers[::2], numbers[1::2], strict=True)))
            room.cohorts_elsewhere[name] = (time.monotonic(), counts)

    async def leave(self, room_id: int) -> None:
        self.users[room_id] -= 1
        if self.users[room_id] <= 0:
            del self.users[room_id]
            room = self.rooms.pop(room_id)
            if room.follow:
                await self.bus.unsubscribe(cohorts_topic(room_id), room.follow)
            await self.bus.unsubscribe(topic(room_id), self.handlers.pop(room_id))

    async def publish(self, room_id: int, payload: bytes) -> None:
        await self.bus.publish(topic(room_id), FRAME + payload, keep=True)

    @property
    def listeners(self) -> int:
        """Everybody in every room of this process."""
        return sum(len(room.listeners) for room in self.rooms.values())

    @property
    def is_writing(self) -> bool:
        return any(room.is_writing for room in tuple(self.rooms.values()))

    async def _earlier(self, room_id: int) -> list[bytes]:
        """The last frames from this machine's log and from the bus, each once, in order."""
        told = [data[1:] for data in await self.bus.recent(topic(room_id))]
        written = await asyncio.to_thread(self.recall, room_id)
        asked = gone_from if told or written else []
        spans = [span for gone in asked for span in await asyncio.to_thread(gone, room_id)]
        once = {(frame.epoch, frame.seq): data for data in (*written, *told) for frame in [wire.unpack(data)]}
        return [wire.without(once[place], spans) for place in sorted(once)]

    def _receive(self, room: Room, data: bytes) -> None:
        kind, body = data[:1], data[1:]
        if kind == FRAME:
            room.deliver(body)
        elif kind == TEXT:
            room.tell(body)
        elif kind == PRESENCE:
            if not body.startswith(self.me):
                told = len(self.me)
                room.elsewhere[body[:told]] = (time.monotonic(), *PRESENT.unpack(body[told:]))
        elif kind == CONTROL:
            message = json.loads(body)
            if message["kind"] == "take_back":
                room.take_back(message["spans"])
            for control in tuple(room.controls):
                control(message)

    async def _beat(self) -> None:
        while self.rooms:
            share = sum(room.busy for room in self.rooms.values()) / HEARTBEAT
            for room in tuple(self.rooms.values()):
                room.busy, room.share = 0.0, share
                if self.bus.is_shared:
                    present = PRESENT.pack(len(room.listeners), room.struggling(), share)
                    await self.bus.publish(topic(room.id), PRESENCE + self.me + present)
                    counts = array("Q", chain.from_iterable(room.heard().items())).tobytes()
                    await self.bus.publish(cohorts_topic(room.id), self.me + counts)
            await asyncio.sleep(HEARTBEAT)


@cache
def hub() -> Hub:
    """This process's hub."""
    return Hub(bus(), lambda room_id: journal.tail(journal.folder(room_id)))


def between_rounds() -> None:
    """Blocking, from a thread: until no listener of this process waits for what others have already, within half a second.
    Work for ten thousand rows would cost the sound as much again.
    """
    until = time.monotonic() + PATIENCE
    time.sleep(A_MOMENT)
    while hub().is_writing and time.monotonic() < until:
        time.sleep(A_MOMENT)


def control(room_id: int, message: dict[str, Any]) -> None:
    """Tell every process something about a lesson, from synchronous code: that it ended, whom to check again."""
    bus().post(topic(room_id), CONTROL + json.dumps(message).encode())


def tell(room_id: int, message: dict[str, Any]) -> None:
    """One JSON text to every listener of a lesson in every process, from synchronous code: one bus message, framed
    once per process."""
    bus().post(topic(room_id), TEXT + json.dumps(message, ensure_ascii=False).encode())

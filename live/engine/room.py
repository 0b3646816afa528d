"""One lesson in one process: who listens here, and what they get, in order."""

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any

from live.engine import wire
from live.engine.outlet import Outlet, Prepared

RING_UNITS = 30 * wire.UNITS_PER_SECOND
SLICE = 0.004  # seconds of writing before the loop may breathe
BACKLOG = 60 * 1024  # unsent bytes after which a listener skips: twenty seconds of voice
CAUGHT_UP = 2 * 1024
PATIENCE = 20.0  # seconds a listener may stay behind before the socket is closed
HEARTBEAT = 2.0


class Listener:
    """One socket. Its cohort is only a label."""

    __slots__ = ("behind_since", "cohort", "leave", "missed", "outlet", "person", "say", "struggles")

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
        self.struggles = False  # as its player last reported

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
        self.is_open = asyncio.Event()  # what came before has been recalled
        self.busy = 0.0  # seconds spent writing since the last heartbeat
        self.elsewhere: dict[bytes, tuple[float, int, int, float]] = {}
        self.cohorts_elsewhere: dict[bytes, tuple[float, Counter[int]]] = {}
        self.controls: dict[Callable[[dict[str, Any]], None], int | None] = {}  # and who sits there
        self.learned: list[Callable[[wire.Frame | None], None]] = []  # told of each event, and of a hole as None
        self.wrote: list[Callable[[wire.Frame | None, Prepared], None]] = []  # told of each text and event once written
        self.follow: Callable[[bytes], None] | None = None
        self.board: Any = None  # the sockets' own: what they know of the lesson besides its sound

    def deliver(self, payload: bytes) -> None:
        self._queue(wire.unpack(payload), Prepared(payload))

    def tell(self, body: bytes) -> None:
        """One JSON text to every listener here, in its place between the frames."""
        self._queue(None, Prepared(body, text=True))

    def take_back(self, spans: wire.Spans) -> None:
        """Those who come back or join do not get what was taken back meanwhile."""
        self.ring = deque(_without(frame, message, spans) for frame, message in self.ring)
        self.waiting = deque(
            _without(frame, message, spans) if frame else (frame, message) for frame, message in self.waiting
        )

    def open(self, earlier: list[bytes]) -> None:
        """Begin to deliver, knowing what was said before this process listened."""
        for payload in earlier:
            self._remember(wire.unpack(payload), Prepared(payload))
        self.is_open.set()
        self._start()

    def _queue(self, frame: wire.Frame | None, message: Prepared) -> None:
        self.waiting.append((frame, message))
        self._start()

    def _start(self) -> None:
        if self.is_open.is_set() and (self.pump is None or self.pump.done()):
            self.pump = asyncio.get_running_loop().create_task(self._pump())

    async def _pump(self) -> None:
        while self.waiting:
            frame, message = self.waiting.popleft()
            if frame is None:
                await self._write(message)
                self._report(None, message)
            elif self._is_next(frame):
                await self._declare_hole(frame)
                self._remember(frame, message)
                await self._write(message)
                if frame.type == wire.EVENT:
                    self._report(frame, message)

    def _is_next(self, frame: wire.Frame) -> bool:
        """An older epoch is fenced off, a repetition is dropped."""
        return (frame.epoch, frame.seq) > (self.epoch, self.seq)

    async def _declare_hole(self, frame: wire.Frame) -> None:
        expected = self.seq + 1 if frame.epoch == self.epoch else 1
        if frame.seq == expected or not self.seq:
            return
        told = {"type": "skip", "from": expected, "to": frame.seq - 1}
        self._learn(None)
        await self._write(Prepared(json.dumps(told).encode(), text=True))

    async def _write(self, message: Prepared) -> None:
        began = time.monotonic()
        for index, listener in enumerate(tuple(self.listeners)):
            listener.take(message, self.seq)
            if not index & 63 and (now := time.monotonic()) > began + SLICE:
                self.busy += now - began
                await asyncio.sleep(0)
                began = time.monotonic()
        self.busy += time.monotonic() - began

    def _report(self, event: wire.Frame | None, message: Prepared) -> None:
        for report in self.wrote:
            report(event, message)

    def _remember(self, frame: wire.Frame, message: Prepared) -> None:
        self.epoch, self.seq, self.t = frame.epoch, frame.seq, frame.t + frame.units
        self.ring.append((frame, message))
        while self.ring and self.ring[0][0].t + RING_UNITS < self.t:
            self.ring.popleft()
        if frame.type == wire.EVENT:
            self._learn(frame)

    def _learn(self, event: wire.Frame | None) -> None:
        for learn in self.learned:
            learn(event)

    def since(self, epoch: int, seq: int) -> list[Prepared] | None:
        """What came after (epoch, seq), whole and in order, or None when some of it is gone."""
        later: list[Prepared] = []
        after = (self.epoch, self.seq + 1)
        for frame, message in reversed(self.ring):
            place = (frame.epoch, frame.seq)
            if place <= (epoch, seq) or not _follows(place, after):
                break
            after = place
            later.append(message)
        return later[::-1] if _follows((epoch, seq), after) and self._knows(epoch, seq, after) else None

    def _knows(self, epoch: int, seq: int, after: tuple[int, int]) -> bool:
        """Whether (epoch, seq) was really the last one before `after`: of an ended epoch only the ring can say."""
        return epoch == after[0] or any((frame.epoch, frame.seq) == (epoch, seq) for frame, _ in self.ring)

    def heard(self) -> Counter[int]:
        """Listeners in this process, by cohort; 0 stands for none."""
        return Counter([listener.cohort or 0 for listener in self.listeners])

    def audience(self) -> Counter[int]:
        """Listeners everywhere by cohort, as the other processes last told those who `follow_cohorts`."""
        total, now = self.heard(), time.monotonic()
        for told, counts in self.cohorts_elsewhere.values():
            if now - told < 3 * HEARTBEAT:
                total += counts
        return total

    def load(self) -> tuple[int, float]:
        """Listeners everywhere, and how much of its time the busiest process spends writing, 0 to 1."""
        others = self._others()
        return sum(n for n, _, _ in others) + len(self.listeners), max((self.share, *(busy for _, _, busy in others)))

    def struggling(self, *, everywhere: bool = False) -> int:
        """Listeners whose player reported lately that sound was lost or comes seconds late."""
        here = sum([listener.struggles for listener in self.listeners])
        return here + (sum(n for _, n, _ in self._others()) if everywhere else 0)

    def _others(self) -> list[tuple[int, int, float]]:
        now = time.monotonic()
        return [(n, bad, busy) for told, n, bad, busy in self.elsewhere.values() if now - told < 3 * HEARTBEAT]

    share = 0.0  # of this process's last heartbeat


def _without(frame: wire.Frame, message: Prepared, spans: wire.Spans) -> tuple[wire.Frame, Prepared]:
    payload = wire.without(message.payload, spans)
    return (frame, message) if payload is message.payload else (wire.unpack(payload), Prepared(payload))


def _follows(earlier: tuple[int, int], later: tuple[int, int]) -> bool:
    """Whether nothing can have been between two places (epoch, seq)."""
    if earlier[0] == later[0]:
        return later[1] == earlier[1] + 1
    return later[0] > earlier[0] and later[1] == 1

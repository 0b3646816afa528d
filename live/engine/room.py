"""One lesson in one process: who listens here, and what they get, in order."""

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from live.engine import wire
from live.engine.outlet import Joined, Outlet, Prepared

RING_UNITS = 30 * wire.UNITS_PER_SECOND
SLICE = 0.004  # seconds of writing before the loop may breathe
HANDFUL = 64  # listeners between two looks at the clock
BACKLOG = 60 * 1024  # unsent bytes after which a listener skips: twenty seconds of voice
CAUGHT_UP = 2 * 1024
PATIENCE = 20.0  # seconds a listener may stay behind before the socket is closed
HEARTBEAT = 2.0


class Listener:
    """One socket. Its cohort is only a label."""

    __slots__ = ("behind_since", "cohort", "leave", "missed", "outlet", "person", "struggles", "upto", "write")

    def __init__(self, *, outlet: Outlet, leave: Callable[[str], None], person: int, cohort: int | None) -> None:
        self.outlet = outlet
        self.write = outlet.write
        self.leave = leave  # called with the code of a refusal
        self.person = person
        self.cohort = cohort
        self.upto = 0  # how much of what was said in the room it has had
        self.behind_since = 0.0
        self.missed = 0  # first seq skipped while behind
        self.struggles = False  # as its player last reported

    def take(self, message: Prepared | Joined, before: int, upto: int) -> None:
        """`before` is the last seq before the message, `upto` the last one with it."""
        if self.behind_since and not self._is_back(before):
            return
        if self.write(message) > BACKLOG:
            self.behind_since, self.missed = time.monotonic(), upto + 1

    def _is_back(self, before: int) -> bool:
        if self.outlet.unsent() <= CAUGHT_UP:
            self.behind_since = 0.0
            self.write(skip(self.missed, before))
            return True
        if time.monotonic() - self.behind_since > PATIENCE:
            self.leave("slow")
        return False


def skip(first: int, last: int) -> Prepared:
    """What tells a listener that it will not get these frames."""
    return Prepared(json.dumps({"type": "skip", "from": first, "to": last}).encode(), text=True)


class Said(NamedTuple):
    """A message on its way to everyone, and the last seq before it."""

    message: Prepared
    before: int
    frame: wire.Frame | None


class Room:
    """One lesson as heard in this process: its listeners, and the last 30 s for those who join or come back."""

    def __init__(self, room_id: int) -> None:
        self.id = room_id
        self.listeners: dict[Listener, None] = {}
        self.ring: deque[tuple[wire.Frame, Prepared]] = deque()
        self.epoch = self.seq = self.t = 0
        self.waiting: deque[tuple[wire.Frame | None, Prepared]] = deque()
        self.said: list[Said] = []  # what not everyone has had
        self.had = 0  # messages that everyone has had
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

    def admit(self, listener: Listener) -> None:
        """From the next message on. What the ring holds is known to it already."""
        listener.upto = self.had + len(self.said)
        self.listeners[listener] = None

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
        if self.is_open.is_set() and not self.is_writing:
            self.pump = asyncio.get_running_loop().create_task(self._pump())

    @property
    def is_writing(self) -> bool:
        return self.pump is not None and not self.pump.done()

    async def _pump(self) -> None:
        while self.waiting or self.said:
            await self._go_round()

    async def _go_round(self) -> None:
        """Once to everyone here. What comes meanwhile joins in where the round stands: nobody waits for more than one."""
        self._take_in()
        in_full = len(self.said)
        began = time.monotonic()
        everyone = tuple(self.listeners)
        for at in range(0, len(everyone), HANDFUL):
            self._take_in()
            self._hand_out(everyone[at : at + HANDFUL])
            if (now := time.monotonic()) > began + SLICE:
                self.busy += now - began
                await asyncio.sleep(0)
                began = time.monotonic()
        self.busy += time.monotonic() - began
        done, self.said = self.said[:in_full], self.said[in_full:]
        self.had += in_full
        for one in done:
            if one.frame is None or one.frame.type == wire.EVENT:
                self._report(one)

    def _take_in(self) -> None:
        while self.waiting:
            frame, message = self.waiting.popleft()
            if frame is None:
                self.said.append(Said(message, self.seq, None))
            elif (frame.epoch, frame.seq) > (self.epoch, self.seq):  # else fenced off, or a repetition
                self._declare_hole(frame)
                self._remember(frame, message)
                self.said.append(Said(message, frame.seq - 1, frame))

    def _declare_hole(self, frame: wire.Frame) -> None:
        expected = self.seq + 1 if frame.epoch == self.epoch else 1
        if self.seq and frame.seq != expected:
            self._learn(None)
            self.said.append(Said(skip(expected, frame.seq - 1), self.seq, None))

    def _hand_out(self, listeners: Iterable[Listener]) -> None:
        """To each whatever it has not had, in one write."""
        upto, since = self.had + len(self.said), -1
        news: list[Said] = []
        message: Prepared | Joined
        for listener in listeners:
            if listener.upto != since:
                if listener.upto == upto:
                    continue
                since = listener.upto
                news = self.said[since - self.had :]
                message = news[0].message if len(news) == 1 else Joined(one.message for one in news)
            listener.upto = upto
            listener.take(message, news[0].before, self.seq)

    def _report(self, one: Said) -> None:
        for report in self.wrote:
            report(one.frame, one.message)

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

    def entrance(self) -> tuple[int, int, int]:
        """The place (epoch, seq) and the moment at which someone new begins: before the frame that the others hear now,
        so as not to wait for the next one; after the last one while nobody speaks."""
        newest = self.ring[-1][0] if self.ring else None
        if newest and newest.packets:
            return newest.epoch, newest.seq - 1, newest.t
        return self.epoch, self.seq, self.t

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

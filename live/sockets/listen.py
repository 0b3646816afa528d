"""A listener's socket. After the ticket there is no database, no channel layer: only the hub."""

import asyncio
from collections.abc import Coroutine
from typing import Any, cast
from urllib.parse import parse_qs

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from live import errors
from live.engine.hub import hub
from live.engine.ingest import batch_units
from live.engine.outlet import Joined, outlet
from live.engine.room import Listener, Room
from live.engine.wire import UNITS_PER_SECOND
from live.services.listening import Standing, why_leave
from live.services.tickets import Visit
from live.sockets.board import board
from live.sockets.clerk import clerk
from live.sockets.doorkeeper import doorkeeper
from live.sockets.handshake import Receive, Scope, Send, admission, refuse, say, told
from live.sockets.places import places
from live.sockets.thread import in_thread

REFUSALS = {
    "slow": errors.TooSlow,
    "access": errors.NoAccess,
    "device": errors.DeviceReleased,
    "elsewhere": errors.Elsewhere,
    "malformed": errors.Malformed,
}
LATE_MS = 3000
REPORT_MS = 5000  # between two reports of one player; a crowd reports less often, or it would be heard over the sound
LAST_WORDS = 1.0  # seconds
MAX_REPORTS = 40  # texts a listener may send in 20 s


async def listen(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI application of `/ws/listen/`."""
    async with admission(scope, receive, send, part="listen") as visit:
        if visit is None:
            return
        if hub().listeners >= settings.LIVE_LISTENERS:
            await refuse(scope, send, errors.Full(), hls=f"/live/{visit.lesson}/hls/live.m3u8")
            return
        room = await hub().enter(visit.broadcast)
        doorkeeper().watch()
        clerk().attend(room)
        try:
            await Sitting(visit, room, scope, receive, send).stay()
        finally:
            await hub().leave(visit.broadcast)


class Sitting:
    """One listener from hello to goodbye."""

    def __init__(self, visit: Visit, room: Room, scope: Scope, receive: Receive, send: Send) -> None:
        self.visit, self.room, self.scope, self.receive, self.send = visit, room, scope, receive, send
        self.task = cast("asyncio.Task[None]", asyncio.current_task())
        self.leaving = ""  # the code of the refusal with which the socket closes
        self.texts = 0
        self.missing = 0.0  # what its player said it lost, all told
        self.checks: set[asyncio.Task[None]] = set()

    async def stay(self) -> None:
        try:
            now = await board(self.room).read()
        except DatabaseError:
            await refuse(self.scope, self.send, errors.Unavailable())
            return
        listener = self.listener = Listener(
            outlet=outlet(self.scope, self.send),
            leave=self._leave,
            person=self.visit.person,
            cohort=self.visit.cohort,
        )
        self.room.controls[self._control] = self.visit.person
        places().take(self._leave, self.visit.player)
        timer = self._expire()
        try:
            await self._greet(listener, now)
            await self._until_goodbye()
        finally:
            self.room.listeners.pop(listener, None)
            self.room.controls.pop(self._control, None)
            places().give_back(self._leave)
            listener.outlet.close()
            if timer:
                timer.cancel()

    async def _greet(self, listener: Listener, now: Standing) -> None:
        query = parse_qs(self.scope.get("query_string", b"").decode("latin1"))
        epoch, seq = (_number(query, name) for name in ("epoch", "seq"))
        room = self.room
        resumed = bool(epoch) and room.since(epoch, seq) is not None
        at = (room.epoch, room.seq, room.t) if epoch else room.entrance()
        place = (epoch, seq) if resumed else at[:2]
        await say(
            self.send,
            {
                "type": "hello",
                "epoch": at[0] or now.epoch,
                "seq": at[1],
                "t": at[2] if room.epoch else now.t,
                "state": now.state,
                "slide": now.slide,
                "clip": now.clip,
                "resumed": resumed,
                "batch_ms": batch_units(room.load()[0]) * 1000 // UNITS_PER_SECOND,
                "again": self.visit.again,
                "report_ms": max(REPORT_MS, 5 * room.load()[0]),
            },
        )
        if missed := room.since(*place):
            listener.write(Joined(missed))
        room.admit(listener)

    async def _until_goodbye(self) -> None:
        try:
            code = self.leaving or await self._read()
        except asyncio.CancelledError:
            if not self.leaving:
                raise  # the server stops
            self.task.uncancel()
            code = self.leaving
        if code in REFUSALS:
            await refuse(self.scope, self.send, REFUSALS[code]())

    async def _read(self) -> str:
        while (message := await self.receive())["type"] == "websocket.receive":
            self.texts += 1
            if self.texts > MAX_REPORTS:
                return "malformed"
            asyncio.get_running_loop().call_later(20, self._forgive)
            try:
                await self._hear(told(message))
            except errors.Refused as refusal:
                return refusal.code
        return "gone"

    async def _hear(self, message: dict[str, Any]) -> None:
        if message.get("type") == "report":
            self._hear_report(*(_figure(message, name) for name in ("lost", "skipped", "late_ms")))
        elif message.get("type") == "heard" and self.visit.cohort:
            clerk().heard(self.room, self.visit.cohort, message.get("event"))

    def _hear_report(self, lost: float, skipped: float, late_ms: float) -> None:
        """A player struggles when it lost something since its last report, or hears it seconds late."""
        self.listener.struggles = lost + skipped > self.missing or late_ms > LATE_MS
        self.missing = lost + skipped

    def _forgive(self) -> None:
        self.texts -= 1

    def _leave(self, code: str) -> None:
        """No task of its own waits for this: ten thousand of them would be felt."""
        if not self.leaving:
            self.leaving = code
            self.task.cancel()

    def _control(self, message: dict[str, Any]) -> None:
        if message["kind"] == "leave" and message["person"] == self.visit.person:
            self._leave("access")
        elif message["kind"] == "end":
            board(self.room).ended()
            asyncio.get_running_loop().call_later(LAST_WORDS + message.get("after", 0), self._say_ended)
        elif message["kind"] == "recheck":
            if message.get("person") == self.visit.person:
                self._recheck()
            elif "person" not in message and self.visit.cohort:
                self._do(self._check_relay(message))

    def _say_ended(self) -> None:
        """After the last frames, which usually say it themselves: without a microphone there are none."""
        self._do(say(self.send, {"type": "state", "state": "ended"}))

    def _expire(self) -> asyncio.TimerHandle | None:
        if self.visit.until is None:
            return None
        left = (self.visit.until - timezone.now()).total_seconds()
        return asyncio.get_running_loop().call_later(max(left, 0) + 0.1, self._recheck)

    def _recheck(self) -> None:
        self._do(self._check())

    def _do(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(job)
        self.checks.add(task)
        task.add_done_callback(self.checks.discard)

    async def _check_relay(self, message: dict[str, Any]) -> None:
        if self.visit.cohort not in await board(self.room).hearing(message):
            await self._check()

    async def _check(self) -> None:
        if why := await in_thread(why_leave)(visit=self.visit):
            self._leave(why)


def _figure(report: dict[str, Any], name: str) -> float:
    figure = report.get(name, 0)
    if not isinstance(figure, int | float):
        raise errors.Malformed
    return figure


def _number(query: dict[str, list[str]], name: str) -> int:
    value = query.get(name, ["0"])[0]
    return int(value) if value.isdecimal() and len(value) < 11 else 0

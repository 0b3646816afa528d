"""The instructor's socket: sound comes in, acknowledgements go out."""

import asyncio
import contextlib
import logging
from itertools import islice
from typing import Any

from django.db import DatabaseError

from live import errors
from live.engine import wire
from live.engine.holdback import HoldBack
from live.engine.hub import hub
from live.engine.ingest import Ingest, Segments
from live.engine.journal import Journal, folder
from live.engine.room import HEARTBEAT, Room
from live.models import Broadcast
from live.services.broadcasts import end_lesson, record_event
from live.services.hls_maker import Maker
from live.services.listening import standing
from live.services.microphone import keep_microphone, position, release_microphone, take_microphone
from live.services.presence import cohort_names
from live.services.tickets import Visit
from live.services.uploading import spool, spool_what_is_missing
from live.sockets.handshake import SERVICE_RESTART, Receive, Scope, Send, admission, refuse, say, told
from live.sockets.thread import in_thread

logger = logging.getLogger(__name__)
RENEW_EVERY = 2.5
MOST_NAMED = 200  # cohorts whose listeners are told one by one; of more, how many are heard in
STORE_PATIENCE = 4.0  # seconds the end of a lesson waits for the store
LEAVINGS = {"end": "ended", "halt": "halted", "moved": "moved", "leave": "busy"}


async def speak(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI application of `/ws/speak/`."""
    async with admission(scope, receive, send, part="speak") as visit:
        if visit is None:
            return
        desk = Desk(visit, await hub().enter(visit.broadcast), scope, receive, send)
        try:
            await desk.open()
            await desk.work()
        except errors.Refused as refusal:
            await refuse(scope, send, refusal)
        except DatabaseError:
            await refuse(scope, send, errors.Unavailable())
        finally:
            await desk.close()
            await hub().leave(visit.broadcast)


class Desk:
    """One microphone connection, from hello to its last durable frame."""

    ingest: Ingest

    def __init__(self, visit: Visit, room: Room, scope: Scope, receive: Receive, send: Send) -> None:
        self.visit, self.room, self.scope, self.receive, self.send = visit, room, scope, receive, send
        self.holder = str(visit.again_id)
        self.leaving: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.tasks: list[asyncio.Task[Any]] = []
        self.is_changed = False

    async def open(self) -> None:
        """Raises what `take_microphone` refuses."""
        await hub().follow_cohorts(self.room)
        broadcast: Broadcast = await in_thread(take_microphone)(
            broadcast_id=self.visit.broadcast,
            holder=self.holder,
            instead_of=str(self.visit.came_with),
            after=self.room.epoch,
        )
        at = await in_thread(position)(broadcast)
        now = await in_thread(standing)(broadcast_id=broadcast.pk)
        self.names: dict[int, str] = await in_thread(cohort_names)(broadcast_id=broadcast.pk)
        self.hls = Maker(broadcast.pk, broadcast.epoch)
        self.held = HoldBack(seconds=broadcast.hold_back, publish=self._publish)
        self.ingest = Ingest(
            epoch=broadcast.epoch,
            position=at,
            journal=Journal(folder(broadcast.pk) / f"{broadcast.epoch:06d}.log"),
            segments=Segments(spool(broadcast.pk), epoch=broadcast.epoch, source=at.source),
            publish=self.held,
            record=self.events.put_nowait,
            load=self.room.load,
        )
        self.room.controls[self._control] = None
        self.tasks = [
            asyncio.ensure_future(job)
            for job in (
                self.ingest.keep(acknowledge=self._acknowledge),
                self._keep_storing(),
                self._tell(),
                self._renew(),
                self._write_events(),
            )
        ]
        self.hls.start()
        await self._greet(slide=now.slide, state=now.state)

    async def work(self) -> None:
        reading = asyncio.ensure_future(self._read())
        either: set[asyncio.Future[Any]] = {reading, self.leaving}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self.leaving.done():
            reading.cancel()
            await self._leave(self.leaving.result())
        else:
            refusal = reading.result()
            if refusal:
                await refuse(self.scope, self.send, refusal)

    async def _leave(self, why: str) -> None:
        if why == "ended":
            await self.ingest.end()
            await self._sync()
            await refuse(self.scope, self.send, errors.AlreadyEnded())
        elif why == "halted":
            await self.ingest.end_clip()
            self.held.drop()
            await self._sync()
            await refuse(self.scope, self.send, errors.Halted())
        elif why == "moved":
            await self.close()  # the next process finds the microphone free
            await say(self.send, {"type": "moved", "within_ms": 0})
            await self.send({"type": "websocket.close", "code": SERVICE_RESTART})
        else:
            await refuse(self.scope, self.send, errors.MicrophoneTaken())

    async def close(self) -> None:
        if not hasattr(self, "ingest") or not self.tasks:
            return
        self.room.controls.pop(self._control, None)
        *helpers, writing = self.tasks
        self.tasks = []
        await _stop(*helpers)
        await self.ingest.close()
        self.hls.finish(after=self.held.seconds)
        await self._events_written()
        await _stop(writing)
        with contextlib.suppress(Exception):
            await in_thread(release_microphone)(
                broadcast_id=self.visit.broadcast, holder=self.holder, t=self.ingest.at.t
            )

    async def _publish(self, data: bytes) -> None:
        self.hls.hear(data)
        await hub().publish(self.visit.broadcast, data)

    async def _greet(self, *, slide: int, state: str) -> None:
        ingest, at = self.ingest, self.ingest.at
        place = {"epoch": ingest.epoch, "next": ingest.expected, "t": at.t, "clips": at.clip, "had": at.had}
        more = {"stored": ingest.segments.stored, "again": self.visit.again, "slide": slide, "state": state}
        await say(self.send, {"type": "hello", **place, **more})

    async def _read(self) -> errors.Refused | None:
        while (message := await self.receive())["type"] == "websocket.receive":
            try:
                if message.get("bytes"):
                    await self._hear(wire.unpack_spoken(message["bytes"]))
                else:
                    await self._obey(told(message))
            except errors.Refused as refusal:
                return refusal
        return None

    async def _hear(self, frame: wire.Frame) -> None:
        if frame.epoch != self.ingest.epoch:
            raise errors.Malformed
        if not await self.ingest.take(frame):
            await self._greet(slide=0, state="live")

    async def _obey(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "slide", "n": int(n)} if 0 < n <= 1000:
                await self.ingest.slide(n)
            case {"type": "end"}:
                await in_thread(end_lesson)(broadcast_id=self.visit.broadcast)
            case _:
                raise errors.Malformed

    def _control(self, message: dict[str, Any]) -> None:
        if message["kind"] == "recheck" and "person" not in message:
            self.is_changed = True  # the relay may have
        if message["kind"] == "hold_back":
            self.held.seconds = message["seconds"]
        if message["kind"] == "take_back":
            self.held.take_back(message["spans"])
        why = LEAVINGS.get(message["kind"])
        if message["kind"] == "leave" and message["person"] != self.visit.person:
            why = None
        if why and not self.leaving.done():
            self.leaving.set_result(why)

    async def _keep_storing(self) -> None:
        """First what an earlier process here left behind, then what is said now: `stored` speaks for both."""
        while True:
            try:
                await in_thread(spool_what_is_missing)(self.visit.broadcast)
                break
            except Exception as error:
                logger.warning("What was left of an earlier process waits: %s", error)
                await asyncio.sleep(RENEW_EVERY)
        await self.ingest.keep_storing()

    async def _acknowledge(self, source: int, t: int, stored: int) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            await say(self.send, {"type": "ack", "seq": source, "t": t, "stored": stored})

    async def _sync(self) -> None:
        """Everything is on this disk, and in the store when the store is quick about it."""
        ingest = self.ingest
        await asyncio.to_thread(ingest.journal.sync)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ingest.segments.store(now=True), timeout=STORE_PATIENCE)
        await self._acknowledge(ingest.at.source, ingest.at.t, ingest.segments.stored)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            heard = self.room.audience()
            reach = {"listeners": heard.total(), "hearing": len(heard.keys() & self.names), "relayed": len(self.names)}
            reach["struggling"] = self.room.struggling(everywhere=True)
            first = islice(self.names.items(), MOST_NAMED)
            cohorts = [{"id": pk, "name": name, "listeners": heard[pk]} for pk, name in first]
            with contextlib.suppress(OSError, RuntimeError):
                await say(self.send, {"type": "stats", **reach, "cohorts": cohorts})

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            mine = self.room.epoch <= self.ingest.epoch  # whoever came later may be heard before the database says so
            try:
                mine = mine and await in_thread(keep_microphone)(
                    broadcast_id=self.visit.broadcast, holder=self.holder, t=self.ingest.at.t
                )
                if self.is_changed:
                    self.is_changed = False
                    self.names = await in_thread(cohort_names)(broadcast_id=self.visit.broadcast)
            except Exception as error:
                logger.warning("The database is away (%s); the sound goes on", error)
            if not mine and not self.leaving.done():
                self.leaving.set_result("busy")

    async def _write_events(self) -> None:
        while True:
            event = await self.events.get()
            while True:
                try:
                    await in_thread(record_event)(broadcast_id=self.visit.broadcast, event=event)
                    break
                except Exception as error:
                    logger.warning("Event %s waits for the database: %s", event["n"], error)
                    await asyncio.sleep(1)
            self.events.task_done()

    async def _events_written(self) -> None:
        with contextlib.suppress(TimeoutError):  # the log has them; finalising writes what is missing
            await asyncio.wait_for(self.events.join(), timeout=3)


async def _stop(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

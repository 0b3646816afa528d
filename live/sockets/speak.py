"""The instructor's socket: sound comes in, acknowledgements go out."""

import asyncio
import contextlib
import logging
import secrets
from typing import Any

from channels.db import database_sync_to_async

from live import errors
from live.engine import wire
from live.engine.hub import HEARTBEAT, Room, hub
from live.engine.ingest import Ingest, Segments
from live.engine.journal import Journal
from live.services.broadcasts import end_lesson, record_event
from live.services.listening import standing
from live.services.microphone import (
    folder,
    keep_microphone,
    position,
    release_microphone,
    segment_prefix,
    take_microphone,
)
from live.services.presence import cohort_names
from live.services.tickets import Visit
from live.sockets.handshake import Receive, Scope, Send, admit, refuse, say, told
from media.store import store

logger = logging.getLogger(__name__)
RENEW_EVERY = 2.5


def in_thread(verb: Any) -> Any:
    return database_sync_to_async(verb, thread_sensitive=False)


async def speak(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI application of `/ws/speak/`."""
    visit = await admit(scope, receive, send, part="speak")
    if visit is None:
        return
    holder = secrets.token_hex(8)
    try:
        broadcast = await in_thread(take_microphone)(broadcast_id=visit.broadcast, holder=holder)
    except errors.Refused as refusal:
        await refuse(scope, send, refusal)
        return
    room = await hub().enter(visit.broadcast)
    desk = Desk(visit, room, scope, receive, send, holder=holder)
    try:
        await desk.open(broadcast)
        await desk.work()
    finally:
        await desk.close()
        await hub().leave(visit.broadcast)


class Desk:
    """One microphone connection, from hello to its last durable frame."""

    ingest: Ingest

    def __init__(self, visit: Visit, room: Room, scope: Scope, receive: Receive, send: Send, *, holder: str) -> None:
        self.visit, self.room, self.scope, self.receive, self.send = visit, room, scope, receive, send
        self.holder = holder
        self.leaving: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.tasks: list[asyncio.Task[Any]] = []

    async def open(self, broadcast: Any) -> None:
        at = await in_thread(position)(broadcast)
        now = await in_thread(standing)(broadcast_id=broadcast.pk)
        self.names: dict[int, str] = await in_thread(cohort_names)(broadcast_id=broadcast.pk)
        self.ingest = Ingest(
            epoch=broadcast.epoch,
            position=at,
            journal=Journal(folder(broadcast.pk) / f"{broadcast.epoch:06d}.log"),
            segments=Segments(put=self._put),
            publish=lambda payload: hub().publish(self.visit.broadcast, payload),
            record=self.events.put_nowait,
            audience=lambda: self.room.audience().total(),
        )
        self.room.controls.append(self._control)
        self.tasks = [
            asyncio.ensure_future(job)
            for job in (
                self.ingest.keep(acknowledge=self._acknowledge),
                self._tell(),
                self._renew(),
                self._write_events(),
            )
        ]
        hello = {"epoch": broadcast.epoch, "next": self.ingest.expected, "t": at.t, "clips": at.clip, "had": at.had}
        await say(self.send, {"type": "hello", **hello, "slide": now.slide, "state": now.state})

    async def work(self) -> None:
        reading = asyncio.ensure_future(self._read())
        either: set[asyncio.Future[Any]] = {reading, self.leaving}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self.leaving.done():
            reading.cancel()
            if self.leaving.result() == "ended":
                await self.ingest.end()
                await self._sync()
                await refuse(self.scope, self.send, errors.AlreadyEnded())
            else:
                await refuse(self.scope, self.send, errors.MicrophoneTaken())
        else:
            refusal = reading.result()
            if refusal:
                await refuse(self.scope, self.send, refusal)

    async def close(self) -> None:
        if not hasattr(self, "ingest"):
            return
        self.room.controls.remove(self._control)
        *helpers, writing = self.tasks
        await _stop(*helpers)
        await self.ingest.close()
        await self._events_written()
        await _stop(writing)
        with contextlib.suppress(Exception):
            await in_thread(release_microphone)(
                broadcast_id=self.visit.broadcast, holder=self.holder, t=self.ingest.at.t
            )

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
            at = self.ingest.at
            hello = {"epoch": self.ingest.epoch, "next": self.ingest.expected, "t": at.t, "clips": at.clip}
            await say(self.send, {"type": "hello", **hello, "slide": 0, "state": "live"})

    async def _obey(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "slide", "n": int(n)} if 0 < n <= 1000:
                await self.ingest.slide(n)
            case {"type": "end"}:
                await in_thread(end_lesson)(broadcast_id=self.visit.broadcast)
            case _:
                raise errors.Malformed

    def _control(self, message: dict[str, Any]) -> None:
        if message["kind"] == "end" and not self.leaving.done():
            self.leaving.set_result("ended")
        elif message["kind"] == "leave" and message["person"] == self.visit.person and not self.leaving.done():
            self.leaving.set_result("busy")

    def _put(self, index: int, data: bytes) -> None:
        key = f"{segment_prefix(self.visit.broadcast)}{self.ingest.epoch:06d}-{index:06d}.qk"
        store().put_bytes(key=key, data=data, mime="application/octet-stream")

    async def _acknowledge(self, source: int, t: int) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            await say(self.send, {"type": "ack", "seq": source, "t": t})

    async def _sync(self) -> None:
        await asyncio.to_thread(self.ingest.journal.sync)
        await self._acknowledge(self.ingest.at.source, self.ingest.at.t)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            heard = self.room.audience()
            cohorts = [{"id": pk, "name": name, "listeners": heard[pk]} for pk, name in self.names.items()]
            with contextlib.suppress(OSError, RuntimeError):
                await say(self.send, {"type": "stats", "listeners": heard.total(), "cohorts": cohorts})

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            try:
                mine = await in_thread(keep_microphone)(
                    broadcast_id=self.visit.broadcast, holder=self.holder, t=self.ingest.at.t
                )
                self.names = await in_thread(cohort_names)(broadcast_id=self.visit.broadcast)
            except Exception as error:
                logger.warning("The database is away (%s); the sound goes on", error)
                continue
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

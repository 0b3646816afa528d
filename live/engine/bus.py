"""One message per process: in-process when alone, Redis or Valkey between processes."""

import asyncio
import contextlib
import logging
import os
import time
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Protocol

import redis
import redis.asyncio
from django.conf import settings

logger = logging.getLogger(__name__)
Callback = Callable[[bytes], None]
KEPT = 600  # messages: 30 s of the shortest frames, and their events
REST = 2.0  # seconds in which code without an event loop does not ask a server that did not answer
STALE = 10.0  # seconds after which nobody wants to hear it live: the log has it


class Bus(Protocol):
    """Carries bytes on a topic to every process that listens there, this one included.

    Within a process, delivery is immediate and in order, whatever the state of the server between processes.
    """

    is_shared: bool  # with other processes

    async def publish(self, topic: str, data: bytes, *, keep: bool = False) -> None: ...
    async def recent(self, topic: str) -> list[bytes]:
        """The last messages that were published with `keep`, oldest first, as far as they are known elsewhere."""

    async def subscribe(self, topic: str, callback: Callback) -> None: ...
    async def unsubscribe(self, topic: str, callback: Callback) -> None: ...
    def post(self, topic: str, data: bytes) -> None:
        """Publish from code that has no event loop: a view, a task, a command. Never fails, never waits long."""


class LocalBus:
    """For one process."""

    is_shared = False

    def __init__(self) -> None:
        self.callbacks: defaultdict[str, list[Callback]] = defaultdict(list)
        self.loop: asyncio.AbstractEventLoop | None = None

    async def publish(self, topic: str, data: bytes, *, keep: bool = False) -> None:
        self._deliver(topic, data)

    async def recent(self, topic: str) -> list[bytes]:
        return []

    async def subscribe(self, topic: str, callback: Callback) -> None:
        self.loop = asyncio.get_running_loop()
        self.callbacks[topic].append(callback)

    async def unsubscribe(self, topic: str, callback: Callback) -> None:
        with contextlib.suppress(ValueError):
            self.callbacks[topic].remove(callback)
        if not self.callbacks[topic]:
            del self.callbacks[topic]

    def post(self, topic: str, data: bytes) -> None:
        if self.loop and self.loop.is_running():
            self.loop.call_soon_threadsafe(self._deliver, topic, data)

    def _deliver(self, topic: str, data: bytes) -> None:
        for callback in tuple(self.callbacks.get(topic, ())):
            try:
                callback(data)
            except Exception:
                logger.exception("A listener of %s failed", topic)


class RedisBus(LocalBus):
    """Between processes. What this process publishes it also hears at once, without the round trip."""

    is_shared = True

    def __init__(self, url: str, *, prefix: str) -> None:
        super().__init__()
        self.url = url
        self.me = os.urandom(8)  # what this process publishes it does not take from the server
        self.prefix = prefix
        self.client = redis.asyncio.from_url(
            url, socket_timeout=None, socket_connect_timeout=2, health_check_interval=15
        )
        self.pubsub = self.client.pubsub(ignore_subscribe_messages=True)
        self.reader: asyncio.Task[None] | None = None
        self.outbox: asyncio.Queue[tuple[float, str, bytes, bool]] = asyncio.Queue(maxsize=2000)
        self.writer: asyncio.Task[None] | None = None
        self.away_until = 0.0

    async def publish(self, topic: str, data: bytes, *, keep: bool = False) -> None:
        """Deliver here now, elsewhere in order as soon as the server takes it; never waits for the server."""
        self._deliver(topic, data)
        self._start()
        if self.outbox.full():
            self.outbox.get_nowait()  # the server is away: keep the newest, the log has the rest
        self.outbox.put_nowait((time.monotonic(), topic, data, keep))

    async def recent(self, topic: str) -> list[bytes]:
        with contextlib.suppress(redis.RedisError, OSError):
            kept: list[bytes] = await self.client.lrange(f"{self.prefix}kept.{topic}", 0, -1)  # type: ignore[assignment]
            return kept
        return []

    async def subscribe(self, topic: str, callback: Callback) -> None:
        new = topic not in self.callbacks
        await super().subscribe(topic, callback)
        self._start()
        if new:
            with contextlib.suppress(redis.RedisError, OSError):  # the reader subscribes again when it reconnects
                await self.pubsub.subscribe(self.prefix + topic)

    async def unsubscribe(self, topic: str, callback: Callback) -> None:
        await super().unsubscribe(topic, callback)
        if topic not in self.callbacks and self.pubsub.subscribed:
            with contextlib.suppress(redis.RedisError, OSError):
                await self.pubsub.unsubscribe(self.prefix + topic)

    def post(self, topic: str, data: bytes) -> None:
        super().post(topic, data)
        if time.monotonic() < self.away_until:
            return
        try:
            with redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1) as client:
                client.publish(self.prefix + topic, self.me + data)
        except (redis.RedisError, OSError) as error:
            logger.warning("The bus is away (%s); the other processes were not told", error)
            self.away_until = time.monotonic() + REST

    def _start(self) -> None:
        self.loop = asyncio.get_running_loop()
        if self.reader is None or self.reader.done():
            self.reader = self.loop.create_task(self._read())
        if self.writer is None or self.writer.done():
            self.writer = self.loop.create_task(self._write())

    async def _read(self) -> None:
        while True:
            try:
                if not self.pubsub.subscribed:
                    await self.pubsub.subscribe(*self._channels())
                message = await self.pubsub.get_message(timeout=5)
                if message and not message["data"].startswith(self.me):
                    self._deliver(
                        message["channel"].decode().removeprefix(self.prefix), message["data"][len(self.me) :]
                    )
            except (redis.RedisError, OSError) as error:
                logger.warning("The bus is away (%s); trying again", error)
                await asyncio.sleep(0.5)
                with contextlib.suppress(redis.RedisError, OSError):
                    await self.pubsub.subscribe(*self._channels())

    def _channels(self) -> list[str]:
        """Every topic, and one of our own so that there is always something to read."""
        return [self.prefix + topic for topic in ("-", *self.callbacks)]

    async def _write(self) -> None:
        while True:
            since, topic, data, keep = await self.outbox.get()
            while time.monotonic() - since < STALE:
                try:
                    await self._pass_on(topic, data, keep=keep)
                    break
                except (redis.RedisError, OSError):
                    await asyncio.sleep(0.2)

    async def _pass_on(self, topic: str, data: bytes, *, keep: bool) -> None:
        if not keep:
            await self.client.publish(self.prefix + topic, self.me + data)
            return
        kept = f"{self.prefix}kept.{topic}"
        async with self.client.pipeline(transaction=False) as line:
            line.publish(self.prefix + topic, self.me + data)
            line.rpush(kept, data)
            line.ltrim(kept, -KEPT, -1)
            line.expire(kept, 120)
            await line.execute()


@cache
def bus() -> Bus:
    """This process's bus."""
    return RedisBus(settings.REDIS_URL, prefix=f"{settings.REDIS_PREFIX}:") if settings.REDIS_URL else LocalBus()

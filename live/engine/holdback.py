"""Frames on their way to the listeners, some seconds late, so that a moderator can still stop them."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from live.engine.wire import Spans, without

Publish = Callable[[bytes], Awaitable[None]]


class HoldBack:
    """Passes every payload on, in order, `seconds` after it came; `drop` forgets what was not yet passed on."""

    def __init__(self, *, seconds: float, publish: Publish) -> None:
        self.seconds = seconds
        self.publish = publish
        self.held: deque[tuple[float, bytes]] = deque()
        self.passing: asyncio.Task[None] | None = None

    async def __call__(self, payload: bytes) -> None:
        if not self.seconds:
            await self.publish(payload)
            return
        self.held.append((time.monotonic() + self.seconds, payload))
        if self.passing is None or self.passing.done():
            self.passing = asyncio.get_running_loop().create_task(self._pass())

    def drop(self) -> None:
        self.held.clear()

    def take_back(self, spans: Spans) -> None:
        """What was held back of these stretches is never heard."""
        self.held = deque((due, without(payload, spans)) for due, payload in self.held)

    async def empty(self) -> None:
        """Return when everything held has been passed on."""
        if self.passing:
            await asyncio.shield(self.passing)

    async def _pass(self) -> None:
        while self.held:
            await asyncio.sleep(max(0.0, self.held[0][0] - time.monotonic()))
            if self.held:
                await self.publish(self.held.popleft()[1])

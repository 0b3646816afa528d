"""Two ways to hand one prepared frame to one socket."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from live.engine.wire import websocket_frame

EXTENSION = "qunke.preframed"
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Prepared:
    """One message in both forms: bare, and framed once for every socket that takes it so."""

    __slots__ = ("framed", "payload", "text")

    def __init__(self, payload: bytes, *, text: bool = False) -> None:
        self.payload = payload
        self.text = text
        self.framed = websocket_frame(payload, text=text)

    @property
    def parts(self) -> "tuple[Prepared, ...]":
        return (self,)

    @property
    def message(self) -> dict[str, Any]:
        """As any ASGI server takes it."""
        if self.text:
            return {"type": "websocket.send", "text": self.payload.decode()}
        return {"type": "websocket.send", "bytes": self.payload}


class Joined:
    """Several messages that leave in one write."""

    __slots__ = ("framed", "parts")

    def __init__(self, parts: Iterable[Prepared]) -> None:
        self.parts = tuple(parts)
        self.framed = b"".join([part.framed for part in self.parts])


class Outlet(Protocol):
    @property
    def write(self) -> "Callable[[Prepared | Joined], int]":
        """Hands the message over without waiting; answers how many bytes are still unsent on this socket."""

    def unsent(self) -> int: ...
    def close(self) -> None: ...


class Preframed:
    """The fast path: the server takes a ready-made frame and says what is still unsent."""

    __slots__ = ("unsent", "write")

    def __init__(self, extension: dict[str, Any]) -> None:
        self.write: Callable[[Prepared | Joined], int] = extension["write"]
        self.unsent: Callable[[], int] = extension["unsent"]

    def close(self) -> None:
        """Nothing was held."""


class Plain:
    """The way of any ASGI server: `websocket.send`, through a queue of our own whose size is the unsent bytes."""

    __slots__ = ("_bytes", "_queue", "_send", "_task")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._bytes = 0
        self._queue: asyncio.Queue[Prepared] = asyncio.Queue()
        self._task = asyncio.get_running_loop().create_task(self._pump())

    def write(self, message: Prepared | Joined) -> int:
        for part in message.parts:
            self._queue.put_nowait(part)
            self._bytes += len(part.payload)
        return self._bytes

    def unsent(self) -> int:
        return self._bytes

    def close(self) -> None:
        self._task.cancel()

    async def _pump(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # the socket went away: its receiver says so
            while True:
                message = await self._queue.get()
                await self._send(message.message)
                self._bytes -= len(message.payload)


def outlet(scope: dict[str, Any], send: Send) -> Outlet:
    """The fastest way this server offers."""
    extension = scope.get("extensions", {}).get(EXTENSION)
    return Preframed(extension) if extension else Plain(send)

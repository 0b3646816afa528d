"""Daphne, with a way to write one prepared WebSocket frame straight to the socket."""

from functools import partial
from typing import Any

from daphne.server import Server as DaphneServer

from live.engine.outlet import EXTENSION

MAX_MESSAGE = 64 * 1024
UNSENT = "qunke.unsent"


class Server(DaphneServer):
    """Daphne that offers the `qunke.preframed` ASGI scope extension and bounds what a client may send at once.

    The extension is a dict of two functions. ``write(framed: bytes) -> int`` sends a complete WebSocket frame at once
    while nothing is queued on the socket, queues it otherwise, and answers how many bytes are unsent;
    ``unsent() -> int`` only answers. Both must be called on the event loop. HTTP scopes get `qunke.unsent`, that second
    function alone.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(
            *args,
            **{"websocket_max_message_size": MAX_MESSAGE, "websocket_max_frame_size": MAX_MESSAGE, **kwargs},
        )

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket" and hasattr(protocol.transport, "socket"):
            transport = protocol.transport
            scope.setdefault("extensions", {})[EXTENSION] = {
                "write": partial(_write, transport, transport.socket.send),
                "unsent": partial(_unsent, transport),
            }
        elif scope["type"] == "http" and hasattr(protocol.channel.transport, "socket"):
            # a slow download reads this and waits, instead of being buffered whole (media.filestream)
            scope.setdefault("extensions", {})[UNSENT] = partial(_unsent, protocol.channel.transport)
        return super().create_application(protocol, scope)


def _write(transport: Any, send: Any, data: bytes) -> int:
    if transport.dataBuffer or transport._tempDataBuffer:
        transport.write(data)
        return _unsent(transport)
    try:
        sent = send(data)
    except (BlockingIOError, InterruptedError):
        sent = 0
    except OSError:
        return 0  # the reactor sees it too, and closes
    if sent == len(data):
        return 0
    transport.write(data[sent:])
    return _unsent(transport)


def _unsent(transport: Any) -> int:
    return len(transport.dataBuffer) - int(transport.offset) + int(transport._tempDataLen)

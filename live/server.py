"""Daphne, with a way to write one prepared WebSocket frame straight to the socket."""

import asyncio
import json
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from daphne.server import Server as DaphneServer  # first: it installs the reactor

# isort: split
import autobahn.twisted.websocket
import autobahn.websocket.protocol
import daphne.http_protocol
from daphne.http_protocol import WebRequest
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import defer, tcp
from twisted.web.http import HTTPChannel

from live.engine.hub import hub
from live.engine.outlet import EXTENSION

# autobahn formats texts for a debug log nobody reads: a fifth of what it costs to let someone in
for _module in (autobahn.websocket.protocol, autobahn.twisted.websocket):
    for _name in {"pformat", "hltype", "hlval"} & vars(_module).keys():
        setattr(_module, _name, lambda *args, **kwargs: "")

# Django reads forms. Twisted would read them first, a large file whole into memory, and cut off who sends an empty one.
daphne.http_protocol.WebRequest = partial(WebRequest, parsePOSTFormSubmission=False)

MAX_MESSAGE = 64 * 1024
UNSENT = "qunke.unsent"
PING_EVERY = 45  # seconds; proxies give up on a silent socket after 60
ROUND, PARTS = 2.0, 20  # seconds in which everyone is looked at once, in so many parts
STALLED = 20_000  # ms without anything taken at the other end, after which the kernel cuts a socket off
INBOX = 64  # messages of one socket that wait to be read, before its client has to wait
MOVES_PER_SECOND = 500  # of listeners who are asked to go to another process
SOON = 0.5  # seconds in which a small class moves
ANSWERED_WITHIN = 10.0  # seconds for the requests it has; what takes longer is a download, which can go on elsewhere
QUEUE = 5000  # connections, more than a kernel lets wait to be accepted
SPOKEN_WITHIN = 0.25  # seconds from a connection to its first word


class Server(DaphneServer):
    """Daphne that offers the `qunke.preframed` ASGI scope extension and bounds what a client may send at once.

    The extension is a dict of two functions. ``write(message) -> int`` sends ``message.framed``, complete WebSocket
    frames, at once while nothing is queued on the socket, queues it otherwise, and answers how many bytes are unsent;
    ``unsent() -> int`` only answers. Both must be called on the event loop. HTTP scopes get `qunke.unsent`, that second
    function alone.

    ``shared``: several processes listen on one port, and the kernel shares the connections out (Linux `SO_REUSEPORT`).
    When asked to stop, it takes no new connection, asks microphones and listeners to move, waits for them, and answers the
    requests it has.
    """

    def __init__(self, *args: Any, shared: bool = False, **kwargs: Any) -> None:
        super().__init__(
            *args,
            **{
                "websocket_max_message_size": MAX_MESSAGE,
                "websocket_max_frame_size": MAX_MESSAGE,
                "ping_interval": PING_EVERY,
                **kwargs,
            },
        )
        self.ports: list[Any] = []
        self.connections: dict[Any, Any] = {}
        self.over: set[Any] = set()  # connections whose client or application is done
        if shared:
            tcp.Port = SharedPort  # type: ignore[misc]  # where the reactor looks it up

    def listen_success(self, port: Any) -> None:
        self.ports.append(port)
        super().listen_success(port)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        inbox = self._create(protocol, scope)
        if inbox is not None:
            self.connections[protocol]["application_instance"].add_done_callback(lambda _: self.over.add(protocol))
        return inbox

    def _create(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket" and hasattr(protocol.transport, "socket"):
            transport = protocol.transport
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
                transport.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED)
            scope.setdefault("extensions", {})[EXTENSION] = {
                "write": _writer(transport),
                "unsent": partial(_unsent, transport),
            }
            inbox = super().create_application(protocol, scope)
            if inbox is not None:
                inbox.__class__, inbox.transport = Inbox, transport  # Daphne makes the queue itself
            return inbox
        if scope["type"] == "http" and hasattr(protocol.channel.transport, "socket"):
            # a slow download reads this and waits, instead of being buffered whole (media.filestream)
            scope.setdefault("extensions", {})[UNSENT] = partial(_unsent, protocol.channel.transport)
        return super().create_application(protocol, scope)

    def timeout_checker(self) -> None:
        """Daphne's, a few sockets at a time: ten thousand in one go would hold the sound up for a tenth of a second."""
        asyncio.ensure_future(self._check_timeouts())  # noqa: RUF006  as long as the server lives

    async def _check_timeouts(self) -> None:
        while True:
            everyone = list(self.connections)
            part = len(everyone) // PARTS + 1
            for at in range(0, max(len(everyone), 1), part):
                for protocol in everyone[at : at + part]:
                    if protocol in self.connections:
                        protocol.check_timeouts()
                await asyncio.sleep(ROUND / PARTS)

    def protocol_disconnected(self, protocol: Any) -> None:
        super().protocol_disconnected(protocol)
        self.over.add(protocol)

    def application_checker(self) -> None:
        """Daphne's, shown only those that are over."""
        everyone = self.connections
        self.connections = {protocol: everyone[protocol] for protocol in self.over if protocol in everyone}
        super().application_checker()
        for protocol in self.over - self.connections.keys():
            everyone.pop(protocol, None)
        self.over = set(self.connections)
        self.connections = everyone

    def kill_all_applications(self) -> Any:
        """Before anything is cut off, everyone is asked to move."""
        moving = defer.Deferred.fromFuture(asyncio.ensure_future(self._move_everyone()))
        return moving.addBoth(lambda _: DaphneServer.kill_all_applications(self))

    async def _move_everyone(self) -> None:
        for port in self.ports:
            port.stopListening()
        HTTPChannel.checkPersistence = _say_goodbye  # type: ignore[method-assign]
        clock = asyncio.get_running_loop().time
        rooms = list(hub().rooms.values())
        within = SOON + hub().listeners / MOVES_PER_SECOND
        for room in rooms:
            for control in tuple(room.controls):
                control({"kind": "moved"})
            room.tell(json.dumps({"type": "moved", "within_ms": int(within * 1000)}).encode())
        spoken, moved, answered = (clock() + wait for wait in (SPOKEN_WITHIN, within + SOON, ANSWERED_WITHIN))
        while clock() < spoken or (hub().rooms and clock() < moved) or (self._is_asked and clock() < answered):
            await asyncio.sleep(0.05)

    @property
    def _is_asked(self) -> bool:
        """Whether anybody waits for an answer to a request."""
        everyone = self.connections.items()
        return any(isinstance(each, WebRequest) and "disconnected" not in facts for each, facts in everyone)


def _say_goodbye(channel: HTTPChannel, request: Any, version: bytes) -> bool:
    """Whether another request may follow on this connection: none does."""
    request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
    return False


def _answer_ping(protocol: Any, payload: bytes) -> None:
    """Who pings and pings and takes no answer is cut off."""
    if _unsent(protocol.transport) > MAX_MESSAGE:
        protocol.transport.abortConnection()
    else:
        protocol.sendPong(payload)


WebSocketProtocol.onPing = _answer_ping


class SharedPort(tcp.Port):
    """A listening port that other processes may listen on too."""

    def createInternetSocket(self) -> socket.socket:
        made: socket.socket = super().createInternetSocket()  # type: ignore[no-untyped-call]
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return made

    def connectionLost(self, reason: Any) -> None:
        """Closed; but who stands in the kernel's queue is let in first, for the kernel would turn them away."""
        self.numberAccepts = QUEUE
        self.doRead()  # type: ignore[no-untyped-call]
        super().connectionLost(reason)  # type: ignore[no-untyped-call]


class Inbox(asyncio.Queue[Any]):
    """What a client sent: while it is full, nothing more is read from that client."""

    transport: Any

    def _put(self, item: Any) -> None:
        super()._put(item)
        if self.qsize() == INBOX:
            self.transport.pauseProducing()

    def _get(self) -> Any:
        if self.qsize() == INBOX // 2 and self.transport.connected and not self.transport.disconnecting:
            self.transport.resumeProducing()
        return super()._get()


def _writer(transport: Any) -> Callable[[Any], int]:
    """Most of what ten thousand listeners cost is spent in here."""
    send = transport.socket.send

    def write(message: Any) -> int:
        data = message.framed
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

    return write


def _unsent(transport: Any) -> int:
    return len(transport.dataBuffer) - int(transport.offset) + int(transport._tempDataLen)

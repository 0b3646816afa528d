"""The live sockets' addresses."""

from typing import Any

from channels.routing import URLRouter
from django.urls import path, re_path

from live.sockets.handshake import Receive, Scope, Send, own_origin_only
from live.sockets.listen import listen
from live.sockets.speak import speak
from live.sockets.talk import TalkConsumer


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """An address without a door is refused before the handshake."""
    await receive()
    await send({"type": "websocket.close"})


DOORS: dict[str, Any] = {"ws/listen/": listen, "ws/speak/": speak, "ws/talk/": TalkConsumer.as_asgi()}

application = own_origin_only(
    URLRouter([path(address, app) for address, app in DOORS.items()] + [re_path(r"", nowhere)])  # type: ignore[arg-type]
)

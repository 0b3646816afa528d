"""The live sockets' addresses."""

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


application = own_origin_only(
    URLRouter(
        [
            path("ws/listen/", listen),
            path("ws/speak/", speak),
            path("ws/talk/", TalkConsumer.as_asgi()),
            re_path(r"", nowhere),
        ]
    )
)

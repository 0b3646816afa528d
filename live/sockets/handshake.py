"""What every live socket does first: origin, ticket, one sentence when refused."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.utils import translation

from live.errors import Malformed, Refused
from live.services.tickets import Visit
from live.sockets.turnstile import turnstile
from web.sent import parsed

SUBPROTOCOL = "qunke.1"
PREFIX = "ticket."
MAX_TEXT = 1024
SERVICE_RESTART = 1012  # RFC 6455 §7.4.1 and its IANA registry

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def own_origin_only(app: App) -> App:
    """Refuse the handshake unless `Origin` names this school: missing, null and foreign are all refused (promise S1)."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if is_own_origin(scope):
            await app(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4403})

    return guarded


def is_own_origin(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    origin = urlsplit(headers.get(b"origin", b"").decode("latin1"))
    if origin.scheme not in {"http", "https"} or not origin.hostname:
        return False
    if f"{origin.scheme}://{origin.netloc}" in settings.CSRF_TRUSTED_ORIGINS:
        return True
    host = headers.get(b"host", b"").decode("latin1")
    return origin.netloc == host and validate_host(
        origin.hostname, settings.ALLOWED_HOSTS or ["localhost", "127.0.0.1"]
    )


@asynccontextmanager
async def admission(scope: Scope, receive: Receive, send: Send, *, part: str) -> AsyncIterator[Visit | None]:
    """A socket from its ticket to its end; None when it was refused, and told why."""
    visit = await _admit(scope, receive, send, part)
    try:
        yield visit
    finally:
        if visit:
            turnstile().leave(visit)


async def _admit(scope: Scope, receive: Receive, send: Send, part: str) -> Visit | None:
    if (await receive())["type"] != "websocket.connect":
        return None
    offered = scope.get("subprotocols") or []
    ticket = next((name.removeprefix(PREFIX) for name in offered if name.startswith(PREFIX)), "")
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if SUBPROTOCOL in offered else None})
    try:
        visit = await turnstile().enter(ticket=ticket, part=part)
    except Refused as refusal:
        await refuse(scope, send, refusal)
        return None
    scope["language"] = _language(scope)
    scope["headers"].clear()  # nobody reads them again, and ten thousand times two kilobytes are felt
    return visit


async def refuse(scope: Scope, send: Send, refusal: Refused, **more: Any) -> None:
    """Say why, in the person's language, and close."""
    with translation.override(scope.get("language") or _language(scope)):
        sentence = str(refusal.sentence)
    await say(send, {"type": "refused", "code": refusal.code, "sentence": sentence, **more})
    await send({"type": "websocket.close", "code": refusal.close})


async def say(send: Send, message: dict[str, Any]) -> None:
    await send({"type": "websocket.send", "text": json.dumps(message, ensure_ascii=False)})


def told(message: dict[str, Any]) -> dict[str, Any]:
    """The JSON object a client sent; raises `Malformed`."""
    text = message.get("text")
    if not text or len(text) > MAX_TEXT:
        raise Malformed
    try:
        value = parsed(text)
    except ValueError:
        raise Malformed from None
    if not isinstance(value, dict):
        raise Malformed
    return value


def _language(scope: Scope) -> str:
    wanted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin1")
    for part in wanted.split(","):
        try:
            return translation.get_supported_language_variant(part.split(";")[0].strip().lower())
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)

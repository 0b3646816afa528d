"""One object of the store as an HTTP answer: Range, HEAD, validators, and never the whole of it in memory."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from media.disposition import inline
from media.links import Link
from media.ranges import Span, Unsatisfiable, wanted
from media.store.base import Held, Parts

AHEAD = 1024 * 1024  # bytes that may wait for one listener
PAUSE = 0.05  # seconds
UNSENT = "qunke.unsent"  # an ASGI scope extension: () -> bytes handed to the server and not yet gone


def respond(request: HttpRequest, held: Held, link: Link) -> HttpResponseBase:
    """200, 206, 304 or 416 for the object behind a link."""
    etag = f'"{held.version}"'
    headers = _headers(link, etag, held.modified)
    if request.headers.get("If-None-Match") in {etag, "*"}:
        return HttpResponse(status=304, headers=headers)
    try:
        span = _span(request, etag, held.size)
    except Unsatisfiable:
        return plain(_("没有这一段。"), 416, {**headers, "Content-Range": f"bytes */{held.size}"})
    sent = span or Span(0, held.size - 1)
    headers["Content-Length"] = str(sent.length)
    if span:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{held.size}"
    status = 206 if span else 200
    if request.method == "HEAD" or not held.size:
        return HttpResponse(status=status, headers=headers)
    parts = held.parts(sent.first, sent.last)
    return StreamingHttpResponse(body(request, parts), status=status, headers=headers)


def body(request: HttpRequest, parts: Parts) -> Parts | AsyncIterator[bytes]:
    """The parts as the server wants them: Django would gather them all first where it serves sockets too."""
    return _in_threads(request, parts) if isinstance(request, ASGIRequest) else parts


def _headers(link: Link, etag: str, modified: float) -> dict[str, str]:
    """Own path, own rules: whatever the bytes claim to be, a browser runs nothing of them."""
    return {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": http_date(modified),
        "Cache-Control": f"private, max-age={max(0, link.expires - int(time.time()))}",
        "Content-Disposition": inline(link.filename),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Content-Type": link.mime,
    }


def _span(request: HttpRequest, etag: str, size: int) -> Span | None:
    """With If-Range, a part is only for who still holds the same whole."""
    if request.headers.get("If-Range", etag) != etag:
        return None
    return wanted(request.headers.get("Range", ""), size)


async def _in_threads(request: ASGIRequest, parts: Parts) -> AsyncIterator[bytes]:
    """Each read on a thread of the pool, so a slow store stops no one else's lesson."""
    reading = threading.Lock()
    take = sync_to_async(partial(_next, parts, reading), thread_sensitive=False)
    unsent = request.scope.get("extensions", {}).get(UNSENT, lambda: 0)
    try:
        while chunk := await take():
            yield chunk
            await _until_sent(unsent)
    finally:
        # who leaves cuts the waiting off, not the thread that is still reading
        await asyncio.shield(sync_to_async(partial(_close, parts, reading), thread_sensitive=False)())


def _next(parts: Parts, reading: threading.Lock) -> bytes:
    with reading:
        return next(parts, b"")


def _close(parts: Parts, reading: threading.Lock) -> None:
    with reading:
        parts.close()


async def _until_sent(unsent: Callable[[], int]) -> None:
    """Daphne's `send` never waits: without this, a slow phone would have us hold the whole file."""
    while unsent() > AHEAD:
        await asyncio.sleep(PAUSE)


def plain(sentence: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    """One sentence instead of the bytes."""
    kept = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
    return HttpResponse(sentence, status=status, headers={**kept, "Content-Type": "text/plain; charset=utf-8"})

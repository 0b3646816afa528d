"""One local file as an HTTP answer: Range, HEAD, validators, and never the whole of it in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path
from typing import IO

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from media.disposition import inline
from media.links import Link
from media.ranges import Span, Unsatisfiable, wanted

CHUNK = 256 * 1024
AHEAD = 1024 * 1024  # bytes that may wait for one listener
PAUSE = 0.05  # seconds
UNSENT = "qunke.unsent"  # an ASGI scope extension: () -> bytes handed to the server and not yet gone


def respond(request: HttpRequest, path: Path, link: Link) -> HttpResponseBase:
    """200, 206, 304, 404 or 416 for the file behind a link."""
    try:
        file = path.open("rb")
    except OSError:
        return _plain(_("文件不在了。请联系老师或管理员。"), 404)
    size, modified = _facts(path)
    etag = f'"{size:x}-{modified:x}"'
    headers = _headers(link, etag, modified)
    if request.headers.get("If-None-Match") in {etag, "*"}:
        file.close()
        return HttpResponse(status=304, headers=headers)
    try:
        span = _span(request, etag, size)
    except Unsatisfiable:
        file.close()
        return _plain(_("没有这一段。"), 416, {**headers, "Content-Range": f"bytes */{size}"})
    return _answer(request, file, span, size, headers)


def _facts(path: Path) -> tuple[int, int]:
    known = path.stat()
    return known.st_size, known.st_mtime_ns


def _headers(link: Link, etag: str, modified: int) -> dict[str, str]:
    """Own path, own rules: whatever the bytes claim to be, a browser runs nothing of them."""
    return {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": http_date(modified / 1e9),
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


def _answer(
    request: HttpRequest, file: IO[bytes], span: Span | None, size: int, headers: dict[str, str]
) -> HttpResponseBase:
    sent = span or Span(0, size - 1)
    headers["Content-Length"] = str(sent.length)
    if span:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{size}"
    status = 206 if span else 200
    if request.method == "HEAD":
        file.close()
        return HttpResponse(status=status, headers=headers)
    body = _aread(request, file, sent) if isinstance(request, ASGIRequest) else _read(file, sent)
    return StreamingHttpResponse(body, status=status, headers=headers)


def _read(file: IO[bytes], span: Span) -> Generator[bytes, None, None]:
    with file:
        file.seek(span.first)
        left = span.length
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


async def _aread(request: ASGIRequest, file: IO[bytes], span: Span) -> AsyncIterator[bytes]:
    """Each read on a thread of the pool, so a slow disk stops no one else's lesson."""
    parts = _read(file, span)
    take = sync_to_async(lambda: next(parts, b""), thread_sensitive=False)
    unsent = request.scope.get("extensions", {}).get(UNSENT, lambda: 0)
    try:
        while chunk := await take():
            yield chunk
            await _until_sent(unsent)
    finally:
        parts.close()
        file.close()


async def _until_sent(unsent: Callable[[], int]) -> None:
    """Daphne's `send` never waits: without this, a slow phone would have us hold the whole file."""
    while unsent() > AHEAD:
        await asyncio.sleep(PAUSE)


def _plain(sentence: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    kept = {"Cache-Control": "no-store", **(headers or {}), "Content-Type": "text/plain; charset=utf-8"}
    return HttpResponse(sentence, status=status, headers=kept)

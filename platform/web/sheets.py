"""Tables that people open in a spreadsheet: read by Excel as they are meant, and never run by it."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

BOM = "\ufeff"  # Excel takes a file for the old encoding of its system without it
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
AT_ONCE = 500  # lines


def harmless(value: Any) -> str:
    """As a spreadsheet shows it and never runs it. A number stays one, so that columns add up."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) and not isinstance(value, int | float) else text


def sheet(request: HttpRequest, *, name: str, lines: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A CSV file, sent as it is read: the whole of it is never in memory. `name` is ASCII, without an ending."""
    body = _written(iter(lines))
    response = StreamingHttpResponse(
        _on_its_thread(body) if isinstance(request, ASGIRequest) else body, content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _written(lines: Iterator[Sequence[Any]]) -> Iterator[str]:
    yield BOM
    while some := list(islice(lines, AT_ONCE)):
        page = io.StringIO()
        csv.writer(page).writerows(map(harmless, line) for line in some)
        yield page.getvalue()


async def _on_its_thread(body: Iterator[str]) -> AsyncIterator[str]:
    """The thread of the request, whose database connection the lines are read with."""
    take = sync_to_async(lambda: next(body, ""))
    while part := await take():
        yield part

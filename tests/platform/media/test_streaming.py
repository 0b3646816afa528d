"""Range, HEAD and validators on our own links; a slow listener costs no memory."""

import asyncio
import time

import pytest
from django.test import AsyncRequestFactory, RequestFactory

from media import filestream, links
from media.filestream import respond
from media.store import disk as disk_module

pytestmark = pytest.mark.once

DATA = bytes(range(256)) * 40


@pytest.fixture
def link(disk):
    disk.put_bytes(key="a.m4a", data=DATA, mime="audio/mp4")
    return links.make(key="a.m4a", mime="audio/mp4", seconds=60, filename='晨钟 "x"\r\nSet-Cookie: y=1/../a.m4a')


def ranged(client, link, value, **more):
    return client.get(link, headers={"Range": value, **more})


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, len(DATA) - 1),
        ("bytes=100-199", 100, 199),
        ("bytes=10000-99999", 10000, len(DATA) - 1),
        ("bytes=-1", len(DATA) - 1, len(DATA) - 1),
        ("bytes=-99999999", 0, len(DATA) - 1),
        ("Bytes= 5 - 9 ", 5, 9),
    ],
)
def test_a_part_is_given_when_asked_for(client, link, asked, first, last):
    answer = ranged(client, link, asked)
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"
    assert answer["Content-Length"] == str(last - first + 1)
    assert answer.getvalue() == DATA[first : last + 1]


@pytest.mark.parametrize("asked", [f"bytes={len(DATA)}-", "bytes=999999-1000000", "bytes=-0"])
def test_a_part_beyond_the_end_is_416(client, link, asked):
    answer = ranged(client, link, asked)
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize(
    "asked", ["", "bytes=", "bytes=-", "bytes=9-5", "lines=1-2", "bytes=0-1,5-6", "bytes=a-b", f"bytes={'9' * 40}-"]
)
def test_nonsense_gets_the_whole(client, link, asked):
    answer = ranged(client, link, asked)
    assert answer.status_code == 200
    assert answer["Accept-Ranges"] == "bytes"
    assert answer.getvalue() == DATA


def test_head_tells_everything_and_gives_nothing(client, link):
    answer = client.head(link, headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer["Content-Length"], answer.content) == (206, "10", b"")
    assert client.head(link)["Content-Length"] == str(len(DATA))


def test_a_part_of_another_version_is_not_mixed_in(client, disk, link):
    etag = client.head(link)["ETag"]
    assert ranged(client, link, "bytes=0-9", **{"If-Range": etag}).status_code == 206
    disk.put_bytes(key="a.m4a", data=DATA[::-1], mime="audio/mp4")
    assert ranged(client, link, "bytes=0-9", **{"If-Range": etag}).status_code == 200


def test_what_the_browser_has_is_not_sent_again(client, link):
    etag = client.head(link)["ETag"]
    assert client.get(link, headers={"If-None-Match": etag}).status_code == 304


def test_a_browser_runs_nothing_of_it_and_keeps_it_to_itself(client, link):
    answer = client.get(link)
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"].startswith("private, max-age=")
    assert answer["Content-Disposition"].startswith("inline; filename=")
    assert "\r" not in answer["Content-Disposition"]
    assert "Set-Cookie" not in answer


def test_an_empty_file_is_an_empty_answer(client, disk):
    disk.put_bytes(key="empty", data=b"", mime="audio/mp4")
    link = links.make(key="empty", mime="audio/mp4", seconds=60)
    assert client.get(link).getvalue() == b""
    assert ranged(client, link, "bytes=0-").status_code == 416


async def test_under_asgi_the_file_comes_in_pieces(async_client, link, monkeypatch):
    monkeypatch.setattr(disk_module, "CHUNK", 1000)
    answer = await async_client.get(link, headers={"Range": "bytes=500-"})
    pieces = [piece async for piece in answer]
    assert b"".join(pieces) == DATA[500:]
    assert max(map(len, pieces)) <= 1000


async def test_a_slow_listener_is_waited_for(disk, link, monkeypatch):
    """What the server has not got rid of yet is looked at before more is read."""
    monkeypatch.setattr(disk_module, "CHUNK", 1000)
    monkeypatch.setattr(filestream, "PAUSE", 0)
    unsent = iter([0, 5_000_000, 5_000_000, 0, *[0] * 99])
    request = AsyncRequestFactory().get(link)
    request.scope["extensions"] = {filestream.UNSENT: lambda: next(unsent)}
    answer = respond(request, disk.held(key="a.m4a"), links.read(link.split("/")[3]))
    assert b"".join([piece async for piece in answer]) == DATA
    assert len(list(unsent)) < 99 - 8


def test_a_reader_who_leaves_closes_the_file(disk, link):
    answer = respond(RequestFactory().get(link), disk.held(key="a.m4a"), links.read(link.split("/")[3]))
    parts = iter(answer)
    next(parts)
    answer.close()
    with pytest.raises(StopIteration):
        next(parts)


async def test_who_leaves_in_the_middle_of_a_read_closes_the_file_when_it_is_over():
    """The thread reads on for a moment; what it reads from may not be closed under it, nor stay open."""
    closed = []

    def slow():
        try:
            yield b"one"
            time.sleep(0.2)
            yield b"two"
        finally:
            closed.append(True)

    stream = filestream.body(AsyncRequestFactory().get("/"), slow())
    assert await anext(stream) == b"one"

    async def hear():
        return await anext(stream)

    listening = asyncio.create_task(hear())
    await asyncio.sleep(0.05)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert closed == [True]

"""Whoever comes late hears what was spoken so far, and nobody else does."""

import asyncio

import pytest
from desk import Desk

from live.engine import wire
from live.models import Clip
from live.services import recording
from live.services.clips import retract, trim
from live.services.sofar import LENGTH, MINUTE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def spoken(broadcast, packets):
    """Two clips, together longer than a minute, and a third being spoken."""
    more, desk = packets * 3, Desk(broadcast)

    async def lesson():
        await desk.clip(more[:2000])
        await desk.clip(more[2000:3300])
        await desk.clip(more[3300:3400])
        await desk.close()

    asyncio.run(lesson())
    return more[:3400]


def minute(client, broadcast, n):
    answer = client.get(f"/live/{broadcast.lesson_id}/sofar/{n}/")
    assert answer.status_code == 200
    frames, at = [], 0
    while at < len(answer.content):
        (length,) = LENGTH.unpack_from(answer.content, at)
        frames.append(wire.unpack(answer.content[at + 4 : at + 4 + length]))
        at += 4 + length
    return frames, answer


def packets_of(frames):
    return [packet for frame in frames for packet in frame.packets]


def test_a_late_member_gets_every_word_once_minute_by_minute(login, ben, broadcast, spoken):
    first, _ = minute(login(ben), broadcast, 0)
    second, _ = minute(login(ben), broadcast, 1)
    assert packets_of(first) + packets_of(second) == spoken
    assert all(frame.t < MINUTE for frame in first)
    assert minute(login(ben), broadcast, 2)[0] == []
    kinds = [frame.event["kind"] for frame in first + second if frame.type == wire.EVENT]
    assert kinds.count("clip_start") == 3


def test_a_minute_is_read_once_however_many_come(login, ben, bob, broadcast, spoken, monkeypatch):
    minute(login(ben), broadcast, 0)
    monkeypatch.setattr("live.services.sofar.frames_since", lambda *_: pytest.fail("read again"))
    minute(login(bob), broadcast, 0)


def test_what_the_teacher_took_back_is_not_there_any_more(login, ada, ben, broadcast, spoken):
    minute(login(ben), broadcast, 1)
    Clip.objects.create(broadcast=broadcast, n=2, starts_t=16_000, ends_t=26_400)
    retract(broadcast=broadcast, n=2, by=ada)
    frames, answer = minute(login(ben), broadcast, 1)
    assert packets_of(minute(login(ben), broadcast, 0)[0]) + packets_of(frames) == spoken[:2000] + spoken[3300:]
    assert answer.headers["X-Retracted"] == "[[16000,26400]]"


def test_what_the_teacher_cut_off_is_silent_and_the_rest_of_its_frame_is_heard(login, ada, ben, broadcast, spoken):
    Clip.objects.create(broadcast=broadcast, n=2, starts_t=16_000, ends_t=26_400)
    trim(broadcast=broadcast, n=2, start_ms=1000, end_ms=26_000, by=ada)  # in the middle of a frame
    frames, _ = minute(login(ben), broadcast, 0)
    placed = dict(recording.laid(frame for frame in frames if frame.packets))
    assert placed[16_392] != spoken[2049]
    assert [placed[16_400 + 8 * n] for n in range(50)] == spoken[2050:2100]


def test_of_a_long_lesson_only_the_end_is_read(login, ben, broadcast, spoken, monkeypatch):
    monkeypatch.setattr(recording, "RECENT", 20_000)
    monkeypatch.setattr(recording, "frames_of", lambda _: pytest.fail("read the whole lesson"))
    frames, _ = minute(login(ben), broadcast, 1)
    assert packets_of(frames) == spoken[3002:]
    assert minute(login(ben), broadcast, 2)[0] == []


@pytest.mark.parametrize(("who", "status"), [("cat", 403), ("dan", 403), ("eve", 403), (None, 401)])
def test_the_door_is_closed_to_those_who_may_not_listen(request, client, login, broadcast, who, status):
    if who:
        login(request.getfixturevalue(who))
    answer = client.get(f"/live/{broadcast.lesson_id}/sofar/0/")
    assert answer.status_code == status
    assert answer.json()["error"]

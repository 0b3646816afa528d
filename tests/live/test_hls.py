"""The lesson for a player that cannot hold a socket."""

import asyncio
import json
import re
import subprocess
import time
from urllib.parse import urlsplit

import numpy as np
import pytest
from desk import Desk, ended, speak
from django.test import Client
from django.utils import timezone
from sound import alignment, decoded, read_wav

from live.client import Speaker, door
from live.engine import aac, ogg, wire
from live.models import Broadcast, HlsSegment
from live.services import hls
from live.services.clips import retract, trim
from live.services.hls_maker import Maker
from live.services.tickets import issue_ticket
from media.renditions import binary
from media.store import store

pytestmark = pytest.mark.django_db(transaction=True)


def address(broadcast, name="live.m3u8"):
    return f"/live/{broadcast.lesson_id}/hls/{name}"


def made(broadcast, *clips, pause=0.0):
    """What a maker makes of these clips, told as listeners are told, with pauses between them, on a clock of its own."""
    desk = speak(broadcast, *clips)
    Broadcast.objects.filter(pk=broadcast.pk).update(epoch=desk.ingest.epoch)
    maker, now = Maker(broadcast.pk, desk.ingest.epoch), 100.0
    for frame in desk.sent:
        maker.hear(wire.pack(frame))
        now += frame.units / 400
        if frame.type == wire.EVENT and frame.event["kind"] == "clip_end":
            maker.step(now)
            for _ in range(int(pause / 0.5)):
                now += 0.5
                maker.step(now)
    maker.step(now)
    return maker


def seconds(broadcast):
    return sum(broadcast.hls.values_list("samples", flat=True)) / aac.RATE


def heard(broadcast):
    """All segments that can be fetched, one after the other."""
    keys = broadcast.hls.exclude(key="").values_list("key", flat=True)
    return b"".join(store().read(key=key) for key in keys)


def files_of(text):
    return re.findall(r"(?m)^\d+\.aac$", text)


@pytest.fixture
def spoken(broadcast, packets):
    """Two clips, five seconds and three, as HLS."""
    made(broadcast, packets[:250], packets[250:400])
    return broadcast


def test_every_clip_begins_a_segment_and_none_is_longer_than_promised(spoken):
    rows = list(spoken.hls.values_list("starts_t", "ends_t", "samples"))
    assert 0 in [row[0] for row in rows]
    assert 2000 in [row[0] for row in rows]
    assert all(samples / aac.RATE <= hls.TARGET for *_, samples in rows)
    assert 8.0 <= seconds(spoken) <= 8.5


def test_what_comes_out_is_what_was_said(spoken, packets, tmp_path):
    ogg.write(packets=packets[:400], path=tmp_path / "said.ogg")
    said, came = decoded((tmp_path / "said.ogg").read_bytes()), decoded(heard(spoken))
    matches = alignment(came, said, window=0.5)
    assert len(matches) >= 8
    assert np.median([score for *_, score in matches]) > 0.95
    places = [place for _, place, score in matches if score > 0.9]
    assert places == sorted(places)


def test_a_pause_is_as_long_as_it_was_so_that_no_player_runs_dry(broadcast, packets):
    made(broadcast, packets[:100], packets[100:200], pause=20)
    assert 22 <= seconds(broadcast) - 4 <= 41
    assert broadcast.hls.filter(samples__gte=3 * aac.RATE).count() >= 8


def test_members_get_the_playlist_and_the_bytes_and_nobody_else_gets_either(
    spoken, ada, ben, cat, dan, eve, finn, gwen, olga, login, client
):
    for name in ("live.m3u8", "1.aac"):
        assert client.get(address(spoken, name)).status_code == 401
        for person in (cat, dan, eve, finn):
            refused = login(person).get(address(spoken, name))
            assert refused.status_code == 403
            assert refused.json()["error"]
            assert refused.json().keys() == {"error", "code"}
        client.logout()
    for person in (ada, ben, olga):
        playlist = login(person).get(address(spoken))
        assert playlist["Content-Type"] == "application/vnd.apple.mpegurl"
        assert "no-store" in playlist["Cache-Control"]
        link = login(person).get(address(spoken, "1.aac"))
        assert link.status_code == 302
    assert store().keys(prefix="hls/")


def test_a_membership_that_ended_stops_the_playlist_with_the_next_fetch(spoken, ben, login):
    assert login(ben).get(address(spoken)).status_code == 200
    ben.grants.update(ends_at=timezone.now())
    assert login(ben).get(address(spoken)).status_code == 403
    assert login(ben).get(address(spoken, "1.aac")).status_code == 403


def test_a_link_to_a_segment_soon_dies(spoken, ben, login, monkeypatch):
    link = login(ben).get(address(spoken, "1.aac"))["Location"]
    if not link.startswith("/"):
        assert re.search(rf"X-Amz-Expires={hls_link_seconds()}\b", link)
        return
    assert login(ben).get(link).status_code == 200
    later = time.time() + hls_link_seconds() + 1
    monkeypatch.setattr("media.links.time.time", lambda: later)
    assert login(ben).get(link).status_code == 403


def hls_link_seconds():
    from live.views.hls import LINK_SECONDS

    assert LINK_SECONDS <= 5  # as soon as a right ends, S4
    return LINK_SECONDS


def test_before_the_first_word_there_is_nothing_to_hear_and_that_is_said(broadcast, ben, login):
    answer = login(ben).get(address(broadcast))
    assert answer.status_code == 404
    assert "开口" in answer.json()["error"]


def test_a_clip_that_was_taken_back_is_a_gap_and_its_bytes_are_gone(spoken, ada, ben, login):
    of_the_first = spoken.hls.filter(starts_t__lt=2000, ends_t__gt=0)
    keys, numbers = list(of_the_first.values_list("key", flat=True)), list(of_the_first.values_list("n", flat=True))
    link = login(ben).get(address(spoken, f"{numbers[0]}.aac"))["Location"]
    retract(broadcast=spoken, n=1, by=ada)
    text = login(ben).get(address(spoken)).content.decode()
    assert text.count("#EXT-X-GAP") == len(numbers) >= 2
    assert not any(store().exists(key=key) for key in keys)
    for n in numbers:
        assert login(ben).get(address(spoken, f"{n}.aac")).status_code == 404
    if link.startswith("/"):
        assert login(ben).get(link).status_code == 404
    assert spoken.hls.exclude(key="").exists()


def test_a_clip_that_was_taken_back_while_it_waited_for_the_store_is_never_there(broadcast, packets, ada, monkeypatch):
    from live.services import hls as service

    class Away:
        def put_bytes(self, **what):
            raise OSError("no route")

    with monkeypatch.context() as away:
        away.setattr(service, "store", Away)
        maker = made(broadcast, packets[:100], packets[100:200])
        assert not broadcast.hls.exists()
    retract(broadcast=broadcast, n=1, by=ada)
    maker.step(200)
    assert broadcast.hls.filter(is_gone=True).exists()
    assert all(row.is_gone for row in broadcast.hls.filter(starts_t__lt=800, ends_t__gt=0))
    assert broadcast.hls.filter(is_gone=False, ends_t=1600).exists()


def test_a_trim_takes_the_segments_it_touches(spoken, ada):
    trim(broadcast=spoken, n=1, start_ms=0, end_ms=4500, by=ada)
    assert [row.is_gone for row in spoken.hls.all()][:2] == [False, True]


def test_after_a_crash_the_next_connection_goes_on_behind_a_discontinuity(spoken, packets, ben, login):
    before = spoken.hls.last()
    desk = Desk(spoken, holder="again")

    async def more():
        await desk.clip(packets[400:500])
        await desk.close()

    asyncio.run(more())
    maker = Maker(spoken.pk, desk.ingest.epoch)
    maker._catch_up()
    for frame in desk.sent:
        maker.hear(wire.pack(frame))
    maker.step(100.0)
    lines = login(ben).get(address(spoken)).content.decode().splitlines()
    assert lines.count("#EXT-X-DISCONTINUITY") == 1
    assert lines.index("#EXT-X-DISCONTINUITY") < lines.index(f"{before.n + 1}.aac")
    assert max(spoken.hls.values_list("ends_t", flat=True)) == 4000


def test_what_a_killed_process_had_written_down_but_not_yet_made_is_made(broadcast, packets):
    desk = speak(broadcast, packets[:300])
    maker = Maker(broadcast.pk, desk.ingest.epoch)
    for frame in desk.sent:
        if frame.t < 1800:
            maker.hear(wire.pack(frame))
    maker.step(100.0)
    reached = broadcast.hls.last().ends_t
    again = Desk(broadcast, holder="again")
    later = Maker(broadcast.pk, again.ingest.epoch)
    later._catch_up()
    later._cut(later.encoder.flush())
    later._publish()
    asyncio.run(again.close())
    assert 1500 < reached < 1800
    assert broadcast.hls.last().ends_t == 2400


def test_a_microphone_that_was_taken_over_makes_no_more_segments(broadcast, packets):
    maker = made(broadcast, packets[:100])
    count = broadcast.hls.count()
    Broadcast.objects.filter(pk=broadcast.pk).update(epoch=9)
    maker._add(maker.encoder.silence(5 * aac.RATE))
    maker._cut([])
    maker._publish()
    assert broadcast.hls.count() == count
    assert len(store().keys(prefix=f"hls/{broadcast.pk}/")) == count


def test_the_playlist_ends_with_the_lesson_even_when_the_server_was_killed(spoken, ben, login):
    ended(spoken)
    assert "ENDLIST" not in login(ben).get(address(spoken)).content.decode()
    Broadcast.objects.update(ended_at=timezone.now() - hls.LAST_WORDS * 2)
    assert login(ben).get(address(spoken)).content.decode().endswith("#EXT-X-ENDLIST\n")


def test_a_player_hears_over_http_what_a_teacher_says_and_soon(school, ada, ben, broadcast, packets, tmp_path):
    """ffmpeg as the player, with ben's cookie; the time from a word to its segment in the playlist is printed."""
    server = school.start()
    client = Client()
    client.force_login(ben, backend="django.contrib.auth.backends.ModelBackend")
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    ticket = issue_ticket(person=ada, broadcast=broadcast, part="speak")
    said, late = packets[:700], []

    async def lesson():
        async with door(server.url, "speak", ticket) as socket:
            speaker = Speaker(socket)
            await speaker.greet()
            listening = asyncio.create_task(speaker.listen())
            began = time.monotonic()
            watching = asyncio.create_task(watch(began))
            await speaker.say(said)
            await asyncio.sleep(2)
            watching.cancel()
            await speaker.end()
            await asyncio.wait({listening}, timeout=10)

    async def watch(began):
        reached = 0.0
        while True:
            await asyncio.sleep(0.1)
            row = await broadcast.hls.order_by("n").alast()
            if row and row.ends_t / 400 > reached:
                late.append(time.monotonic() - began - reached)  # since the first word of it was said
                reached = row.ends_t / 400

    asyncio.run(lesson())
    deadline = time.monotonic() + 10
    while not broadcast.hls.filter(samples=hls.END).exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    wav = tmp_path / "heard.wav"
    url = f"{server.url}{address(broadcast)}"
    command = [
        binary(),
        "-loglevel",
        "error",
        "-headers",
        f"Cookie: {cookie}\r\n",
        "-i",
        url,
        "-ac",
        "1",
        "-ar",
        "48000",
    ]
    done = subprocess.run([*command, "-f", "wav", str(wav)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    ogg.write(packets=said, path=tmp_path / "said.ogg")
    matches = alignment(read_wav(wav), decoded((tmp_path / "said.ogg").read_bytes()), window=0.5)
    good = [match for match in matches if match[2] > 0.9]
    print(json.dumps({"first word to playlist, s": [round(one, 2) for one in late], "windows": len(matches)}))
    assert len(good) >= 0.9 * len(matches) >= 15
    assert max(late) < 8
    refused = subprocess.run(
        [binary(), "-loglevel", "error", "-i", url, "-f", "null", "-"], capture_output=True, text=True, timeout=60
    )
    assert refused.returncode != 0
    assert urlsplit(url).path == address(broadcast)
    assert HlsSegment.objects.filter(is_gone=True).count() == 0

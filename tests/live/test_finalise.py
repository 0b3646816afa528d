"""The replay is made whatever happened to the log, the worker, or a second microphone."""

import asyncio
import io
import os
import random
import subprocess
import sys
import threading
import time

import av
import pytest
from desk import Desk, ended, fresh, speak
from django.conf import settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from live.engine import ogg, wire
from live.engine.journal import Journal, Record, folder
from live.models import Broadcast, Clip, Event
from live.services.finalise import finalise_broadcast
from live.services.recording import frames_of, segment_prefix, timeline
from media.models import Asset
from media.store import store

pytestmark = pytest.mark.django_db(transaction=True)


def packets_of(data):
    with av.open(io.BytesIO(data)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def audio(frames):
    return [frame for frame in frames if frame.type == wire.AUDIO]


def write_log(broadcast, epoch, t, packets, *, seq=1):
    """What a microphone of that epoch wrote down, from `t` on, three packets a frame."""
    journal = Journal(folder(broadcast.pk) / f"{epoch:06d}.log")
    for start in range(0, len(packets), 3):
        frame = wire.Frame(wire.AUDIO, 0, epoch, seq, t, tuple(packets[start : start + 3]))
        journal.append(Record(wire.pack(frame), seq))
        t, seq = t + frame.units, seq + 1
    journal.close()
    return t


def test_a_replay_is_the_very_packets_that_were_spoken(broadcast, packets):
    speak(broadcast, packets[:300], packets[300:600])
    done = finalise_broadcast(broadcast=ended(broadcast))
    assert packets_of(store().read(key=done.lesson.audio.key)) == packets[:600]


def test_every_page_of_a_replay_has_the_checksum_that_others_expect(tmp_path, packets):
    ours, theirs = tmp_path / "ours.ogg", tmp_path / "theirs.ogg"
    ogg.write(packets=packets[:120], path=ours)
    with av.open(str(ours)) as source, av.open(str(theirs), "w", format="ogg") as made:
        copied = made.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = copied
                made.mux(packet)
    page = theirs.read_bytes()
    size = 27 + page[26] + sum(page[27 : 27 + page[26]])
    page = bytearray(page[:size])
    told, page[22:26] = bytes(page[22:26]), bytes(4)
    assert ogg._crc(page) == told


def test_a_lesson_without_a_word_has_no_replay_and_is_done(broadcast):
    Broadcast.objects.update(epoch=1)
    done = finalise_broadcast(broadcast=ended(broadcast))
    assert done.finalised_at
    assert done.lesson.audio is None


def test_where_two_microphones_wrote_at_once_the_later_one_is_heard(broadcast, packets):
    other = packets[600:900]
    write_log(broadcast, 1, 0, packets[:300])
    write_log(broadcast, 2, 150 * 8, other)
    kept = list(timeline(audio(frames_of(broadcast.pk))))
    assert kept == packets[:150] + other


def test_a_takeover_within_a_frame_cuts_at_the_packet(broadcast, packets):
    write_log(broadcast, 1, 0, packets[:9])
    write_log(broadcast, 2, 4 * 8, packets[20:23])
    assert list(timeline(audio(frames_of(broadcast.pk)))) == packets[:4] + packets[20:23]


def test_an_event_of_a_microphone_that_was_taken_over_is_no_part_of_the_lesson(broadcast, packets):
    first = Desk(broadcast)
    asyncio.run(first.clip(packets[:30]))
    second = Desk(broadcast, holder="second")

    async def both():
        await second.clip(packets[30:60])
        await first.ingest.slide(9)  # it has not heard yet that it is fenced
        await first.clip(packets[60:90])
        await first.close()
        await second.close()

    asyncio.run(both())
    done = finalise_broadcast(broadcast=ended(broadcast))
    assert list(timeline(audio(frames_of(broadcast.pk)))) == packets[:60]
    assert not done.events.filter(kind="slide").exists()
    assert list(done.clips.values_list("n", "starts_t", "ends_t")) == [(1, 0, 240), (2, 240, 480)]


def test_a_row_that_a_fenced_microphone_wrote_first_gives_way_to_the_log(broadcast, packets):
    speak(broadcast, packets[:30])
    Event.objects.filter(n=2).update(kind="slide", t=77)
    finalise_broadcast(broadcast=ended(broadcast))
    assert Event.objects.get(n=2).kind == "clip_start"


def test_a_clip_whose_end_was_never_written_ends_where_the_next_begins(broadcast, packets):
    speak(broadcast, packets[:30], packets[30:60])
    Clip.objects.filter(n=1).update(ends_t=None)
    Event.objects.filter(kind="clip_end", payload__clip=1).delete()
    log = next(folder(broadcast.pk).glob("*.log"))
    log.write_bytes(
        log.read_bytes().replace(b'"kind":"clip_end"', b'"kind":"clip_xxx"', 1)
    )  # the checksum no longer fits
    for key in store().keys(prefix=segment_prefix(broadcast.pk)):
        store().delete(key=key)
    finalise_broadcast(broadcast=ended(broadcast))
    assert Clip.objects.get(n=1).ends_t == 240


@pytest.mark.parametrize("seed", range(12))
def test_a_log_cut_or_flipped_anywhere_loses_one_record_at_most(broadcast, packets, seed):
    """R10: sixteen places a seed, in the log and in the store's objects."""
    chance = random.Random(seed)
    speak(broadcast, packets[:150], packets[150:200])
    for key in store().keys(prefix=segment_prefix(broadcast.pk)):
        store().delete(key=key)
    log = next(folder(broadcast.pk).glob("*.log"))
    whole = log.read_bytes()
    frames = list(frames_of(broadcast.pk))
    for _ in range(16):
        at = chance.randrange(len(whole))
        harmed = bytearray(whole)
        if chance.random() < 0.3:
            del harmed[at : at + chance.randrange(1, 4)]
        else:
            harmed[at] ^= 1 << chance.randrange(8)
        log.write_bytes(harmed)
        kept = list(frames_of(broadcast.pk))
        assert len(kept) >= len(frames) - 2  # a cut of three bytes may touch two
        assert all(frame in frames for frame in kept)
        sound = list(timeline(audio(kept)))
        assert sum(map(wire.packet_units, sound)) >= 200 * 8 - 24
    log.write_bytes(whole[: chance.randrange(len(whole))])
    shorter = list(frames_of(broadcast.pk))
    assert shorter == frames[: len(shorter)]
    done = finalise_broadcast(broadcast=ended(broadcast))
    assert done.finalised_at


@pytest.mark.parametrize("seed", range(4))
def test_a_harmed_log_and_a_whole_store_lose_nothing(broadcast, packets, seed):
    chance = random.Random(seed)
    speak(broadcast, packets[:150])
    log = next(folder(broadcast.pk).glob("*.log"))
    harmed = bytearray(log.read_bytes())
    for _ in range(20):
        harmed[chance.randrange(len(harmed))] ^= 0xFF
    log.write_bytes(harmed)
    assert list(timeline(audio(frames_of(broadcast.pk)))) == packets[:150]


@pytest.mark.parametrize("seed", range(6))
def test_the_decoded_replay_is_as_long_as_its_packets(tmp_path, packets, seed):
    """R12: whatever was lost, to 20 ms."""
    chance = random.Random(seed)
    frames, t = [], 0
    for start in range(0, 600, 3):
        frame = wire.Frame(wire.AUDIO, 0, 1, start + 1, t, tuple(packets[start : start + 3]))
        t += frame.units
        if chance.random() > 0.1:
            frames.append(frame)
    made = list(timeline(frames))
    ogg.write(packets=made, path=tmp_path / "replay.ogg")
    with av.open(str(tmp_path / "replay.ogg")) as container:
        decoded = sum(frame.samples for frame in container.decode(audio=0))
    spoken = frames[-1].t + frames[-1].units
    assert abs(decoded / 48 - spoken * 2.5) <= 20


def test_two_workers_at_once_make_one_replay(broadcast, packets):
    from django.db import connection

    speak(broadcast, packets[:150])
    ended(broadcast)
    ready = threading.Barrier(2)

    def work():
        lesson = fresh(broadcast)
        ready.wait()
        finalise_broadcast(broadcast=lesson)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    audio = fresh(broadcast).lesson.audio
    assert Asset.objects.filter(guard="lesson").get() == audio
    assert store().exists(key=audio.key)
    assert [key for key in store().keys(prefix="assets/") if "original" in key] == [audio.key]


def test_a_worker_that_was_killed_half_way_is_followed_by_another(broadcast, packets, do_tasks):
    speak(broadcast, packets[:150])
    ended(broadcast)
    lost = DBTaskResult.objects.get(task_path="live.tasks.finalise")
    lost.claim("killed")  # it runs, says the database, and never will again
    again = DBTaskResult.objects.get(task_path="live.tasks.look_again")
    assert again.run_after > timezone.now()
    DBTaskResult.objects.filter(pk=again.pk).update(run_after=timezone.now())
    do_tasks()
    assert fresh(broadcast).lesson.audio


def test_a_worker_that_is_really_killed_in_the_middle_costs_nothing(broadcast, packets, do_tasks):
    """A log that never comes to an end holds it where `kill -9` finds it."""
    speak(broadcast, packets[:150])
    ended(broadcast)
    endless = folder(broadcast.pk) / "000000.log"
    os.mkfifo(endless)
    command = [
        sys.executable,
        "manage.py",
        "db_worker",
        "--queue-name=*",
        "--no-reload",
        "--no-startup-delay",
        "--interval",
        "0.1",
    ]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ, stderr=subprocess.DEVNULL) as worker:
        task = DBTaskResult.objects.filter(task_path="live.tasks.finalise", status="RUNNING")
        deadline = time.monotonic() + 60
        while not task.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        worker.kill()
    assert task.exists()
    endless.unlink()
    DBTaskResult.objects.filter(task_path="live.tasks.look_again").update(run_after=timezone.now())
    do_tasks()
    done = fresh(broadcast)
    assert packets_of(store().read(key=done.lesson.audio.key)) == packets[:150]
    assert Asset.objects.filter(kind="audio").count() == 1

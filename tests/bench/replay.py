"""P7: from the end of a one-hour lesson to its replay, with the real server, the real worker and a real microphone."""

import asyncio
import contextlib
import itertools
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audience import CLIENT_CORE, on
from school import ROOT, Server, school

HOUR = 3600
VOICE = ROOT / "cms/demo/tea-1-water.ogg"
CLIP_SECONDS = 60
PER_FRAME = 3
FIRST_BYTES = 64 * 1024
PATIENCE = 30  # seconds
BOUND, RENDITIONS_BOUND = 5.0, 30.0


def p7(*, seconds: int = HOUR) -> dict[str, Any]:
    """An hour in sixty clips lies in the log and in the store; someone says a last word, ends, and a member waits."""
    broadcast = school().lesson(cohorts=1)
    from live.client import opus_packets

    packets = list(opus_packets(VOICE))
    write_down(broadcast, itertools.islice(itertools.cycle(packets), seconds * 50))
    with school().serve() as server, worker(broadcast) as pid:
        before = cpu_seconds(pid)
        ended = asyncio.run(last_words(server, broadcast, packets[:100]))
        playable = wait_until_playable(server, broadcast) - ended
        wall = wait_until_rendered()
        work = cpu_seconds(pid) - before
    speed = seconds / work
    broadcast.refresh_from_db()
    length = broadcast.lesson.audio.duration_ms / 1000
    whole = abs(length - broadcast.media_t / 400) <= 0.02 and length >= seconds
    return {
        "promise": "P7",
        "figure": round(playable, 2),
        "unit": "s from end to playable",
        "bound": BOUND,
        "kept": playable <= BOUND and speed >= RENDITIONS_BOUND and whole,
        "lesson_s": round(length, 2),
        "renditions": {
            "× real time": round(speed, 1),
            "bound": RENDITIONS_BOUND,
            "cpu_s": round(work, 1),
            "wall_s": round(wall, 1),
        },
        "alone_s": alone(broadcast),
    }


def write_down(broadcast: Any, packets: Iterator[bytes]) -> None:
    """As the ingest leaves it: the log on disk, ten-second objects in the store, events as rows."""
    from live.engine import wire
    from live.engine.journal import Journal, Record, encode, folder
    from live.engine.spool import Contents
    from live.models import Broadcast
    from live.services.broadcasts import record_event
    from live.services.recording import segment_prefix
    from media.store import store

    journal, part = Journal(folder(broadcast.pk) / "000001.log"), list[bytes]()
    seq = t = source = events = 0
    first = 1

    def put(frame: wire.Frame, source: int) -> None:
        nonlocal seq
        seq += 1
        record = Record(wire.pack(frame.numbered(epoch=1, seq=seq, t=t)), source)
        journal.append(record)
        part.append(encode(record))

    def tell(kind: str, **more: int) -> None:
        nonlocal events
        events += 1
        frame = wire.event(kind=kind, n=events, t=t, at=0, **more)
        put(frame, 0)
        record_event(broadcast_id=broadcast.pk, event=frame.event)

    def store_part() -> None:
        nonlocal first
        key = f"{segment_prefix(broadcast.pk)}{Contents(1, first, seq, source).name}"
        store().put_bytes(key=key, data=b"".join(part), mime="application/octet-stream")
        part.clear()
        first = seq + 1

    tell("start")
    clip_units = CLIP_SECONDS * wire.UNITS_PER_SECOND
    while some := tuple(itertools.islice(packets, PER_FRAME)):
        if t % clip_units == 0:
            tell("slide", slide=t // clip_units + 1)
            tell("clip_start", clip=t // clip_units + 1)
        source += 1
        put(wire.Frame(wire.AUDIO, 0, 0, 0, 0, some), source)
        t += sum(map(wire.packet_units, some))
        if t % clip_units == 0:
            tell("clip_end", clip=t // clip_units)
        if t % (10 * wire.UNITS_PER_SECOND) == 0:
            store_part()
    if part:
        store_part()
    journal.close()
    Broadcast.objects.filter(pk=broadcast.pk).update(epoch=1, media_t=t, state=Broadcast.State.LIVE)


@contextlib.contextmanager
def worker(broadcast: Any) -> Iterator[int]:
    """The school's own, bound to one core and at work; its process id."""
    from django_tasks_db.models import DBTaskResult

    from live.tasks import forget_hls

    command = [
        sys.executable,
        "manage.py",
        "db_worker",
        "--no-reload",
        "--interval",
        "0.5",
        "--queue-name",
        "*",
        "--verbosity",
        "0",
    ]
    setting = {**os.environ, "DEBUG": "1"}  # the bench's own settings are not fit for strangers, and checked
    process = subprocess.Popen(command, cwd=ROOT, env=setting, preexec_fn=on(CLIENT_CORE))
    forget_hls.enqueue(broadcast.pk)
    try:
        while not DBTaskResult.objects.finished().exists():
            if process.poll() is not None:
                raise RuntimeError("the worker did not start")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


async def last_words(server: Server, broadcast: Any, packets: list[bytes]) -> float:
    """Someone speaks two seconds more and ends the lesson; the moment of it."""
    from asgiref.sync import sync_to_async

    from live.client import Speaker, door
    from live.services.tickets import issue_ticket

    ticket = await sync_to_async(issue_ticket)(person=school().teacher, broadcast=broadcast, part="speak")
    async with door(server.url, "speak", ticket) as socket:
        speaker = Speaker(socket)
        await speaker.greet()
        listening = asyncio.create_task(speaker.listen())
        await speaker.say(packets)
        await speaker.end()
        ended = time.monotonic()
        with contextlib.suppress(Exception):
            await listening
    return ended


def wait_until_playable(server: Server, broadcast: Any) -> float:
    """The moment a member has the first bytes of the sound."""
    key, patience = member_cookie(), time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        log = json.loads(fetch(f"{server.url}/live/{broadcast.lesson_id}/log.json", key))
        if log["sources"]:
            original = log["sources"][-1]["url"]
            assert len(fetch(server.url + original, key, Range=f"bytes=0-{FIRST_BYTES - 1}")) == FIRST_BYTES
            return time.monotonic()
        time.sleep(0.1)
    raise RuntimeError("no replay came")


def wait_until_rendered() -> float:
    """How long all forms took: m4a, low, HLS, outline and pauses, at one loudness."""
    from django_tasks_db.models import DBTaskResult

    patience = time.monotonic() + 20 * PATIENCE
    while time.monotonic() < patience:
        done = DBTaskResult.objects.filter(task_path="media.tasks.render", status="SUCCESSFUL").last()
        if done:
            assert done.return_value == []
            return float((done.finished_at - done.started_at).total_seconds())
        time.sleep(0.2)
    raise RuntimeError("no renditions came")


def cpu_seconds(pid: int) -> float:
    """What a process and its children that ended have used of the processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def alone(broadcast: Any) -> float:
    """The finaliser without waiting for anyone, once more."""
    from courses.models import Lesson
    from live.models import Broadcast
    from live.services.finalise import finalise_broadcast

    Lesson.objects.filter(pk=broadcast.lesson_id).update(audio=None)
    again = Broadcast.objects.select_related("lesson__course__instructor", "lesson__audio").get(pk=broadcast.pk)
    began = time.monotonic()
    finalise_broadcast(broadcast=again)
    return round(time.monotonic() - began, 2)


def member_cookie() -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import User

    member = User.objects.get(pk=school().people[0])
    session = SessionStore()
    session[SESSION_KEY] = str(member.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = member.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def fetch(url: str, session: str, **headers: str) -> bytes:
    from django.conf import settings

    cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
    request = urllib.request.Request(url, headers={"Cookie": cookie, **headers})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    print(json.dumps(p7(), ensure_ascii=False))

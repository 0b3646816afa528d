"""One lesson through several processes, and through a server without the extension."""

import asyncio
import json
import os
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from school import answers, free_port

from live.client import Heard, Speaker, door, hear, opus_packets
from live.engine import ogg
from live.models import Ticket
from live.services.tickets import issue_ticket

pytestmark = pytest.mark.django_db(transaction=True)


def tickets(person, broadcast, part, cohort=None):
    return issue_ticket(person=person, broadcast=broadcast, part=part, cohort_id=cohort.pk if cohort else None)


async def lesson(mouth, ears, packets):
    """Speak at one address, listen at others; answers what each heard and what the speaker was told."""
    heard, jobs = [Heard() for _ in ears], []

    async def ear(site, ticket, one):
        async with door(site, "listen", ticket) as socket:
            await socket.recv()
            ready.release()
            await hear(socket, heard=one)

    ready = asyncio.Semaphore(0)
    jobs = [asyncio.create_task(ear(site, ticket, one)) for (site, ticket), one in zip(ears, heard, strict=True)]
    for _ in ears:
        await asyncio.wait_for(ready.acquire(), 20)
    async with door(mouth[0], "speak", mouth[1]) as socket:
        speaker = Speaker(socket)
        await speaker.greet()
        listening = asyncio.create_task(speaker.listen())
        await speaker.say(packets, pace=1)
        async with asyncio.timeout(15):
            while min(len(one.packets) for one in heard) < len(packets) or not speaker.stats:
                await asyncio.sleep(0.05)
        listening.cancel()
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    return heard, speaker.stats


@pytest.mark.redis
def test_a_cohort_on_another_process_hears_the_same_packets(
    school, ada, ben, bob, broadcast, cohort, other_cohort, packets
):
    redis = os.environ["TEST_REDIS_URL"]
    one, two = school.start(REDIS_URL=redis), school.start(REDIS_URL=redis)
    ears = [
        (one.url, tickets(ben, broadcast, "listen", cohort)),
        (two.url, tickets(bob, broadcast, "listen", other_cohort)),
    ]
    heard, stats = asyncio.run(lesson((one.url, tickets(ada, broadcast, "speak")), ears, packets[:200]))
    assert [one.packets for one in heard] == [packets[:200]] * 2
    assert [one.gaps for one in heard] == [0, 0]
    assert stats["listeners"] == 2
    assert sorted(row["listeners"] for row in stats["cohorts"]) == [1, 1]
    assert max(sorted(heard[1].late_ms)[:-1]) < 1000


@pytest.mark.once
def test_a_server_without_the_extension_carries_the_same_lesson(school, ada, ben, broadcast, cohort, packets, tmp_path):
    school.start()
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "config.asgi:application"]
    path = os.pathsep.join([str(settings.BASE_DIR), str(settings.BASE_DIR / "platform")])
    plain = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            if answers(site):
                break
            time.sleep(0.1)
        ears = [(site, tickets(ben, broadcast, "listen", cohort))]
        heard, _ = asyncio.run(lesson((site, tickets(ada, broadcast, "speak")), ears, packets[:100]))
    finally:
        plain.terminate()
        plain.wait()
    assert heard[0].packets == packets[:100]


def test_a_recording_is_broadcast_and_heard_from_the_command_line(
    school, ben, broadcast, cohort, voice, tmp_path, capsys
):
    """`speak` and `listen`, as an operator types them, over the public protocol."""
    site = school.start().url
    short, heard = tmp_path / "short.ogg", tmp_path / "heard.ogg"
    ogg.write(packets=list(opus_packets(voice))[:150], path=short)
    lesson = str(broadcast.lesson_id)
    options = ["--count", "3", "--out", str(heard), "--site", site, "--json"]
    listening = subprocess.Popen(
        [sys.executable, "manage.py", "listen", lesson, "--as", ben.email, "--cohort", cohort.name, *options],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 40
    while Ticket.objects.filter(used_at__isnull=False).count() < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
    call_command("speak", lesson, str(short), "--end", "--site", site)
    told = json.loads(listening.communicate(timeout=30)[0])
    assert "已下课" in capsys.readouterr().out
    assert (told["listeners"], told["gaps"]) == (3, 0)
    assert abs(told["seconds"] - 3.0) <= 0.06
    assert told["late_ms"]["p95"] < 1000


@pytest.mark.parametrize(
    ("who", "sentence"), [("cat@example.com", "单买"), ("nobody@example.com", "没有邮箱"), ("", "说清楚")]
)
def test_who_may_not_listen_is_told_so_at_the_command_line(broadcast, cat, who, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("listen", str(broadcast.lesson_id), "--as", who)


def test_a_file_that_is_no_sound_is_refused_before_anyone_hears_of_it(broadcast, tmp_path):
    (tmp_path / "a.txt").write_text("not sound")
    with pytest.raises(CommandError, match="不是能播放的音频"):
        call_command("speak", str(broadcast.lesson_id), str(tmp_path / "a.txt"))
    with pytest.raises(CommandError, match="找不到文件"):
        call_command("speak", str(broadcast.lesson_id), str(tmp_path / "b.ogg"))

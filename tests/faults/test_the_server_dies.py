"""R1: the server is killed in the middle of a lesson."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from scene import Scene, p95
from school import answers
from speaking import VOICE

from live.client import opus_packets
from live.engine import ogg
from live.models import Ticket
from live.services.recording import frames_of, timeline

pytestmark = pytest.mark.django_db(transaction=True)


def test_r1_killed_and_raised_again_nothing_is_lost_and_nothing_is_heard_twice(
    school, ada, ben, bob, broadcast, cohort, other_cohort, at_scale, promise
):
    server = school.start(LISTENERS="own", WEB_PROCESSES="1")
    gaps, starts = [], []
    listeners = [(ben, cohort), (bob, other_cohort)] * at_scale(2, 20)
    with Scene(broadcast, [server.url], teacher=ada, listeners=listeners) as scene:
        for _ in range(at_scale(1, 10)):
            time.sleep(2)
            killed = time.time()
            os.kill(server.children[0], signal.SIGKILL)
            while not answers(server.url):
                assert time.time() < killed + 60
            starts.append(time.time() - killed)
            scene.until(lambda at=killed: all(ear.first_new_sound_after(at) < 1e12 for ear in scene.ears))
            gaps += [ear.first_new_sound_after(killed) - killed for ear in scene.ears]
        scene.hush()
    assert scene.recorded() == scene.said
    verdict = scene.verdict()
    assert verdict.violations == []
    promise(
        "R1",
        round(p95(gaps), 2),
        "s live gap p95",
        bound=5,
        kept=p95(gaps) <= 5,
        of_which_starting_s=[round(start, 2) for start in starts],
        lost_s=scene.lost_seconds(),
        deliveries=verdict.deliveries,
        declared_gaps=verdict.declared,
    )


def _await_sockets(count):
    deadline = time.monotonic() + 60
    while Ticket.objects.exclude(used_at=None).count() < count:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_r1_who_speaks_and_listens_at_the_command_line_goes_on_by_herself(school, ben, broadcast, cohort, tmp_path):
    server = school.start(COMMANDS="too")
    said, heard, file = list(opus_packets(VOICE))[:350], tmp_path / "heard.ogg", tmp_path / "said.ogg"
    ogg.write(packets=said, path=file)
    lesson, site = str(broadcast.lesson_id), ["--site", server.url]
    listening = _command("listen", lesson, "--as", ben.email, "--cohort", cohort.name, "--json", "--out", heard, *site)
    _await_sockets(1)  # who comes after the first word hears less
    time.sleep(0.5)
    speaking = _command("speak", lesson, file, "--end", *site)
    _await_sockets(2)
    time.sleep(1)
    server.stop(signal.SIGKILL)
    school.again(server)
    assert "已下课" in speaking.communicate(timeout=90)[0]
    told = json.loads(listening.communicate(timeout=60)[0].splitlines()[-1])
    frames = [frame for frame in frames_of(broadcast.pk) if frame.packets]
    assert abs(len(list(timeline(frames))) - len(said)) <= 1  # the file is encoded once more
    assert told["gaps"] == 0
    assert abs(told["seconds"] - len(said) * 0.02) <= 0.06


def _command(*words):
    command = [sys.executable, "manage.py", *map(str, words)]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)

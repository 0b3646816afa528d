"""R8: the school is brought up to date while someone teaches."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from scene import Scene, p95, port
from school import answers, children_of, free_port
from servers import Redis

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.redis]


def test_r8_one_of_two_processes_is_stopped_and_started_and_nobody_misses_a_word(
    school, ada, ben, bob, broadcast, cohort, other_cohort, at_scale, promise, tmp_path
):
    with Redis(tmp_path / "redis") as redis:
        first, second = school.start(REDIS_URL=redis.url), school.start(REDIS_URL=redis.url)
        listeners = [(ben, cohort), (bob, other_cohort)] * at_scale(2, 50)
        with Scene(broadcast, [first.url, second.url], teacher=ada, listeners=listeners) as scene:
            began = time.time()
            for process in (first, second) * at_scale(1, 5):
                time.sleep(1.5)
                process.stop(signal.SIGTERM)
                school.again(process)
            time.sleep(1)
            scene.hush()
        _judge(scene, began, promise, how="two processes, SIGTERM one after the other")


@pytest.mark.parametrize("workers", [2, 1])
def test_r8_every_process_of_one_port_is_replaced_and_nobody_misses_a_word(
    transactional_db, ada, ben, bob, broadcast, cohort, other_cohort, at_scale, promise, tmp_path, workers
):
    with (
        Redis(tmp_path / "redis") as redis,
        _school(redis.url if workers > 1 else "", tmp_path / "log", workers) as (
            url,
            process,
        ),
    ):
        listeners = [(ben, cohort), (bob, other_cohort)] * at_scale(2, 50)
        with Scene(broadcast, [url], teacher=ada, listeners=listeners) as scene:
            began = time.time()
            for count in range(at_scale(1, 5)):
                time.sleep(1.5)
                process.send_signal(signal.SIGHUP)
                scene.until(lambda n=count + 1: (tmp_path / "log").read_text().count("are replaced") == n, seconds=90)
            time.sleep(1)
            scene.hush()
        _judge(scene, began, promise, how=f"serve --workers {workers}, SIGHUP")


def test_r1_one_of_two_processes_is_killed_and_the_other_takes_over(
    transactional_db, ada, ben, bob, broadcast, cohort, other_cohort, at_scale, promise, tmp_path
):
    gaps = []
    with Redis(tmp_path / "redis") as redis, _school(redis.url, tmp_path / "log", 2) as (url, process):
        listeners = [(ben, cohort), (bob, other_cohort)] * at_scale(2, 20)
        with Scene(broadcast, [url], teacher=ada, listeners=listeners) as scene:
            for _ in range(at_scale(1, 10)):
                time.sleep(2)
                killed = time.time()
                dead = children_of(process.pid)[0]
                os.kill(dead, signal.SIGKILL)
                scene.until(lambda at=killed: all(ear.first_new_sound_after(at) < 1e12 for ear in scene.ears))
                gaps += [ear.first_new_sound_after(killed) - killed for ear in scene.ears]
                scene.until(lambda dead=dead: dead not in children_of(process.pid))
                scene.until(lambda: _listening(url) == 2, seconds=60)
            scene.hush()
    assert scene.recorded() == scene.said
    assert scene.verdict().violations == []
    gap = p95(gaps)
    promise("R1", round(gap, 2), "s live gap p95", bound=5, kept=gap <= 5, how="one of serve --workers 2")


def _judge(scene, began, promise, *, how):
    assert scene.recorded() == scene.said
    verdict = scene.verdict()
    assert verdict.violations == []
    gap = max(silence for ear in scene.ears for silence in ear.silences(began))
    promise(
        "R8",
        round(gap, 2),
        "s longest silence of any listener",
        bound=2,
        kept=gap <= 2,
        how=how,
        frames_missed=verdict.missed,
        lost_s=scene.lost_seconds(),
    )


class _school:
    """`manage.py serve --workers N` on a port of its own."""

    def __init__(self, redis, log, workers):
        self.redis, self.log, self.workers = redis, log, workers

    def __enter__(self):
        number = free_port()
        url = f"http://127.0.0.1:{number}"
        command = [sys.executable, "-u", "manage.py", "serve", "--port", str(number), "--workers", str(self.workers)]
        environment = {**os.environ, "SITE_URL": url, "REDIS_URL": self.redis}
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=environment, stdout=out, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 60
        while not (answers(url) and _listening(url) == self.workers):
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return url, self.process

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)


def _listening(url):
    """How many processes share the port."""
    end, listen = f":{port(url):04X}", "0A"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[1].endswith(end) and line[3] == listen for line in lines)

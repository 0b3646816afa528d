"""Several processes on one port: `manage.py serve --workers N`."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from school import answers, children_of, free_port

from live.client import Heard, Speaker, door, hear
from live.services.tickets import issue_ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def start_two(school):
    one = school.start(WEB_PROCESSES="2", REDIS_URL=os.environ["TEST_REDIS_URL"])
    deadline = time.monotonic() + 60
    while "serve this port" not in one.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return one


def sockets_of(pid, port):
    """How many connections a process holds on the school's port."""
    inodes = set()
    for number in os.listdir(f"/proc/{pid}/fd"):
        target = os.readlink(f"/proc/{pid}/fd/{number}") if os.path.lexists(f"/proc/{pid}/fd/{number}") else ""
        if target.startswith("socket:"):
            inodes.add(target[8:-1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[9] in inodes and row[1].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


class Crowd:
    """People who come to the door, each a hundred times a second, while a `with` lasts."""

    def __init__(self, url, *, people):
        self.address = urlsplit(url).hostname, urlsplit(url).port
        self.let_in, self.turned_away = 0, []
        self.is_over = threading.Event()
        self.people = [threading.Thread(target=self.come) for _ in range(people)]

    def come(self):
        while not self.is_over.wait(0.01):  # without a breath they would take the processor from those who start
            try:
                with socket.create_connection(self.address, timeout=30) as line:
                    line.sendall(b"GET /static/nothing HTTP/1.0\r\n\r\n")
                    assert line.recv(5) == b"HTTP/"
                self.let_in += 1
            except (OSError, AssertionError) as error:
                self.turned_away.append(repr(error))

    def __enter__(self):
        for person in self.people:
            person.start()
        return self

    def __exit__(self, *failure):
        self.is_over.set()
        for person in self.people:
            person.join()


@pytest.mark.redis
def test_two_processes_share_a_port_and_a_lesson(school, ada, ben, broadcast, packets):
    one = start_two(school)
    port = int(one.url.rsplit(":", 1)[1])
    tickets = [issue_ticket(person=ben, broadcast=broadcast, part="listen") for _ in range(12)]
    teacher = issue_ticket(person=ada, broadcast=broadcast, part="speak")
    workers = one.children

    async def lesson():
        async with AsyncExitStack() as doors:
            ears = [await doors.enter_async_context(door(one.url, "listen", ticket)) for ticket in tickets]
            heard = [Heard() for _ in ears]
            hearing = [asyncio.create_task(hear(ear, heard=each)) for ear, each in zip(ears, heard, strict=True)]
            await asyncio.sleep(0.5)
            shares = [sockets_of(pid, port) for pid in workers]
            async with door(one.url, "speak", teacher) as socket:
                speaker = Speaker(socket)
                await speaker.greet()
                listening = asyncio.create_task(speaker.listen())
                await speaker.say(packets[:60], pace=0.2)
                await speaker.all_durable()
                async with asyncio.timeout(10):
                    while any(len(each.packets) < 60 for each in heard):
                        await asyncio.sleep(0.05)
                listening.cancel()
            for task in hearing:
                task.cancel()
            return shares, heard

    shares, heard = asyncio.run(lesson())
    assert len(shares) == 2
    assert min(shares) > 0, f"one process has nobody: {shares}"
    assert all(each.packets == packets[:60] and each.gaps == 0 for each in heard)


@pytest.mark.redis
def test_processes_are_replaced_one_by_one_while_the_school_answers(school):
    one = start_two(school)
    before = one.children
    with Crowd(one.url, people=4) as crowd:
        one.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 120
        while set(before) & set(now := one.children) or len(now) != 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert crowd.let_in > 100
    assert crowd.turned_away == []


def test_a_request_that_is_half_sent_when_the_school_stops_is_answered(school):
    one = school.start(WEB_PROCESSES="1")
    address = urlsplit(one.url).hostname, urlsplit(one.url).port
    with socket.create_connection(address, timeout=30) as line:
        line.sendall(b"GET /static/nothing HTTP/1.1\r\n")
        time.sleep(0.3)
        one.process.terminate()
        time.sleep(1)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=1)
        line.sendall(b"Host: x\r\n\r\n")
        answer = line.recv(4096)
    assert answer.startswith(b"HTTP/1.1 ")
    assert b"connection: close" in answer.lower()
    assert one.process.wait(20) == 0


@pytest.mark.redis
def test_a_process_that_dies_is_started_again_and_stopping_ends_them_all(school):
    one = start_two(school)
    dead, other = one.children
    os.kill(dead, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while len(now := set(one.children) - {dead}) != 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert other in now
    one.process.terminate()
    one.process.wait(20)
    assert not any(os.path.exists(f"/proc/{pid}") for pid in now)


def test_the_only_process_that_dies_is_back_within_a_second(school):
    one = school.start(WEB_PROCESSES="1")
    time.sleep(2.5)  # one that dies at once is given a moment
    os.kill(one.children[0], signal.SIGKILL)
    began = time.monotonic()
    while not answers(one.url):
        assert time.monotonic() < began + 10
    assert "died (-9); starting another" in one.log.read_text()
    one.stop()


def test_when_the_parent_is_killed_nothing_is_left_behind(school):
    one = school.start(WEB_PROCESSES="1")
    children = one.children
    one.process.kill()
    one.process.wait()
    deadline = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{pid}") for pid in children):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_new_version_that_does_not_start_leaves_the_old_one_at_work(tmp_path):
    program = """
import sys, time
from live.processes import Processes
def work(ready):
    ready()
    time.sleep(60)
say = lambda text: print(text, flush=True)
broken = [sys.executable, "-c", "import sys; sys.exit('broken')"]
Processes([work], say=say, again=broken).run(welcome=lambda: say("open"))
"""
    path = [str(settings.BASE_DIR), str(settings.BASE_DIR / "platform")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    running = subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "open\n"
    before = children_of(running.pid)
    running.send_signal(signal.SIGHUP)
    assert "does not start" in running.stdout.readline()
    assert children_of(running.pid) == before
    running.terminate()
    assert running.wait(20) == 0


def test_a_taken_port_is_named(school):
    one = school.start(WEB_PROCESSES="1")
    done = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", one.url.rsplit(":", 1)[1]],
        cwd=settings.BASE_DIR, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_several_processes_without_redis_are_refused_with_a_sentence():
    done = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", str(free_port()), "--workers", "2"],
        cwd=settings.BASE_DIR, env={**os.environ, "REDIS_URL": ""}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Redis" in done.stderr
    assert "Traceback" not in done.stderr

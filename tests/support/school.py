"""A real school for a test: `manage.py serve` processes on ports of their own, on the test's database and store."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

NUMBERS = count(1000, 100)


@dataclass
class Process:
    """One running process of the school."""

    url: str
    process: subprocess.Popen
    log: Path
    environment: dict[str, str]

    @property
    def children(self) -> list[int]:
        """With WEB_PROCESSES: those that serve."""
        return children_of(self.process.pid)

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@dataclass
class School:
    """`start()` gives the process that tests share; with settings of its own, a process of its own."""

    folder: Path
    shared: Process | None = None
    own: list[Process] = field(default_factory=list)

    def again(self, process: Process) -> Process:
        """The same process once more, at the same address."""
        again = _start(self.folder, process.environment, port=urlsplit(process.url).port)
        self.own.append(again)
        return again

    def start(self, **environment: str) -> Process:
        if environment:
            self.own.append(_start(self.folder, environment))
            return self.own[-1]
        if self.shared is None or self.shared.process.poll() is not None:
            self.shared = _start(self.folder, {})
        return self.shared

    def stop_shared(self) -> None:
        if self.shared:
            self.shared.stop()
        self.shared = None

    def stop_own(self) -> None:
        while self.own:
            self.own.pop().stop()


@pytest.fixture(scope="session")
def _school(tmp_path_factory):
    school = School(tmp_path_factory.mktemp("school"))
    yield school
    school.stop_own()
    school.stop_shared()


@pytest.fixture(autouse=True)
def _lessons_of_their_own(request):
    """The shared process may still be closing the room of the test before: no lesson has the number of an earlier one."""
    if "school" in request.fixturenames:
        request.getfixturevalue("transactional_db")
        first = next(NUMBERS)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT setval(pg_get_serial_sequence('live_broadcast', 'id'), %s)", [first])
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = 'live_broadcast'")
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('live_broadcast', %s)", [first])


@pytest.fixture
def school(transactional_db, _school):
    """A real school on this test's database; it begins with no lesson spoken, here or in the store."""
    from media.store import store

    shutil.rmtree(settings.LIVE_ROOT, ignore_errors=True)
    for key in store().keys(prefix="live/"):
        store().delete(key=key)
    yield _school
    _school.stop_own()


def _start(folder: Path, environment: dict[str, str], *, port: int | None = None) -> Process:
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    log = folder / f"serve-{port}.log"
    workers = environment.get("WEB_PROCESSES", "0")
    with log.open("a") as out:
        process = subprocess.Popen(
            [sys.executable, "-u", "manage.py", "serve", "--port", str(port), "--workers", workers],
            cwd=settings.BASE_DIR,
            env={**os.environ, "SITE_URL": url, **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    started = Process(url, process, log, environment)
    _await_answer(started)
    return started


def children_of(pid: int) -> list[int]:
    told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(line) for line in told.stdout.split()]


def work() -> None:
    """Do in this process what the worker would do now."""
    from django.core.management import call_command

    call_command("db_worker", queue_name="*", batch=True, interval=0.1, verbosity=0)


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def _await_answer(one: Process) -> None:
    deadline = time.monotonic() + 60
    while not answers(one.url):
        if one.process.poll() is not None:
            pytest.fail(f"The school did not start:\n{one.log.read_text()[-4000:]}")
        if time.monotonic() > deadline:
            pytest.fail("The school did not answer within a minute.")
        time.sleep(0.1)


def answers(url: str) -> bool:
    """Whether anything is answered there, whatever it is."""
    try:
        urllib.request.urlopen(f"{url}/robots.txt", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True

"""A real school for a test: `manage.py serve` processes on ports of their own, on the test's database and store."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings


@dataclass
class Process:
    """One running process of the school."""

    url: str
    process: subprocess.Popen
    log: Path

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
    folder: Path
    running: list[Process] = field(default_factory=list)

    def start(self, **environment: str) -> Process:
        """Start one web process and wait until it answers."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        log = self.folder / f"serve-{port}.log"
        settled = {**os.environ, "SITE_URL": url, **environment}
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(port)],
                cwd=settings.BASE_DIR,
                env=settled,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.running.append(Process(url, process, log))
        _await_answer(self.running[-1])
        return self.running[-1]

    def stop(self) -> None:
        for process in self.running:
            process.stop()


@pytest.fixture
def school(transactional_db, tmp_path):
    """`school.start()` gives a running process; all are stopped after the test."""
    school = School(tmp_path)
    yield school
    school.stop()


def work() -> None:
    """Do in this process what the worker would do now."""
    from django.core.management import call_command

    call_command("db_worker", batch=True, interval=0.1, verbosity=0)


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def _await_answer(one: Process) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if one.process.poll() is not None:
            pytest.fail(f"The school did not start:\n{one.log.read_text()[-4000:]}")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{one.url}/robots.txt", timeout=5).close()
            return
        time.sleep(0.1)
    pytest.fail("The school did not answer within a minute.")

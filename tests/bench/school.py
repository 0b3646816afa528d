"""A school of ten thousand people, each in a cohort, for the bench: real rows, a real server, real tickets.

Only a ticket's minute is longer here, because ten thousand of them are written before the first is used.
"""

import asyncio
import atexit
import contextlib
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from audience import CLIENT_CORE, SERVER_CORE, on

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = int(os.environ.get("BENCH_PEOPLE") or 10_000)  # each has a cohort
PACKET = 60  # bytes of 20 ms of voice at 24 kbit/s


@cache
def school() -> "School":
    """One for all the promises measured in a run."""
    return School()


class School:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qunke-bench-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self._settle_environment()
        import django

        django.setup()
        with (
            contextlib.closing(sqlite3.connect(os.environ.get("BENCH_TEMPLATE") or self._template())) as template,
            contextlib.closing(sqlite3.connect(self.folder / "qunke.sqlite3")) as database,
        ):
            template.backup(database)
        self._populate()

    def _settle_environment(self) -> None:
        sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
        for name in ("DATABASE_URL", "REDIS_URL", "S3_BUCKET"):
            os.environ[name] = ""
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEBUG": "0",
            "SECRET_KEY": "only for the bench" * 4,
            "ALLOWED_HOSTS": "127.0.0.1",
            "VAR_DIR": str(self.folder),
        }

    def _template(self) -> Path:
        """An empty migrated database, made once for each set of migrations."""
        from django.apps import apps

        seen = hashlib.sha256()
        for app in apps.get_app_configs():
            for path in sorted(Path(app.path, "migrations").glob("*.py")):
                seen.update(path.read_bytes())
        template = ROOT / f"var/bench/{seen.hexdigest()[:12]}.sqlite3"
        if not template.exists():
            template.parent.mkdir(parents=True, exist_ok=True)
            making = template.with_suffix(".making")
            making.unlink(missing_ok=True)
            command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            setting = {**os.environ, "DEBUG": "1", "DATABASE_URL": f"sqlite:///{making}"}
            subprocess.run(command, cwd=ROOT, env=setting, check=True)
            making.rename(template)
        return template

    def _populate(self) -> None:
        from accounts.models import User
        from cohorts.models import Cohort, Seat
        from courses.models import Course
        from membership.models import Grant, Tier

        self.teacher = User.objects.create_user("ada@example.com", name="Ada", role="instructor")
        tier = Tier.objects.create(slug="bench", name="内院", rank=90)
        self.course = Course.objects.create(title="一盏茶的工夫", instructor=self.teacher, tier=tier, is_published=True)
        User.objects.bulk_create(User(email=f"learner{n}@example.com", password="!") for n in range(PEOPLE))
        Cohort.objects.bulk_create(Cohort(name=f"第 {n} 群") for n in range(PEOPLE))
        self.people = list(User.objects.filter(role="learner").order_by("pk").values_list("pk", flat=True))
        self.cohorts = list(Cohort.objects.order_by("pk").values_list("pk", flat=True))
        Grant.objects.bulk_create(Grant(person_id=pk, tier=tier, source=f"bench:{pk}") for pk in self.people)
        seats = zip(self.people, self.cohorts, strict=True)
        Seat.objects.bulk_create(Seat(person_id=person, cohort_id=cohort) for person, cohort in seats)

    def lesson(self, *, cohorts: int) -> Any:
        """The broadcast of a new live lesson, relayed to so many cohorts."""
        from courses.models import Lesson
        from live.models import Broadcast, Relay

        lesson = Lesson.objects.create(course=self.course, title="火候", kind="live", is_published=True)
        broadcast = Broadcast.objects.create(lesson=lesson)
        Relay.objects.bulk_create(Relay(broadcast=broadcast, cohort_id=pk) for pk in self.cohorts[:cohorts])
        return broadcast

    def tickets(self, broadcast: Any, people: int, *, times: int = 1) -> Path:
        """A file of tickets: so many people, spread evenly over the cohorts of the lesson, each coming so many times."""
        from django.utils import timezone

        from cohorts.models import Seat
        from live.models import Ticket

        relayed = list(broadcast.relays.order_by("cohort").values_list("cohort", flat=True))
        places = [(person, relayed[n % len(relayed)]) for n, person in enumerate(self.people[:people])]
        Seat.objects.bulk_create(
            (Seat(person_id=person, cohort_id=cohort) for person, cohort in places), ignore_conflicts=True
        )
        made = [secrets.token_urlsafe(24) for _ in range(people * times)]
        soon = timezone.now() + timedelta(hours=1)
        Ticket.objects.bulk_create(
            Ticket(
                digest=hashlib.sha256(ticket.encode()).hexdigest(),
                person_id=person,
                cohort_id=cohort,
                broadcast=broadcast,
                part="listen",
                expires_at=soon,
            )
            for ticket, (person, cohort) in zip(made, places * times, strict=True)
        )
        path = self.folder / f"tickets-{secrets.token_hex(4)}"
        path.write_text("\n".join(made))
        return path

    def written(self, broadcast: Any) -> int:
        """Frames in the lesson's log on disk: the truth that listeners are compared with."""
        from live.engine import journal
        from live.engine.journal import folder

        return sum(1 for _ in journal.read(folder(broadcast.pk)))

    @contextlib.contextmanager
    def serve(self, *, core: int = SERVER_CORE, **environment: str) -> Iterator["Server"]:
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
        seen = self.folder / f"seen-{port}"
        setting = {**os.environ, "SITE_URL": f"http://127.0.0.1:{port}", "BENCH_SEEN": str(seen), **environment}
        command = [sys.executable, str(Path(__file__).parent / "servers/school.py"), str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=setting, preexec_fn=on(core))
        server = Server(port, process, seen)
        try:
            server.wait_until_open()
            yield server
        finally:
            process.kill()
            process.wait()

    @contextlib.contextmanager
    def speaking(self, server: "Server", broadcast: Any) -> Iterator[None]:
        """Someone speaks into the lesson's real microphone socket meanwhile; on leaving, all of it is on disk."""
        from live.services.tickets import issue_ticket

        stop = threading.Event()
        ticket = issue_ticket(person=self.teacher, broadcast=broadcast, part="speak")
        failed: list[BaseException] = []

        def speak() -> None:
            os.sched_setaffinity(0, {CLIENT_CORE})
            try:
                asyncio.run(_speak(server.url, ticket, stop))
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=speak)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        if failed:
            raise failed[0]


@dataclass
class Server:
    """One running process of the school."""

    port: int
    process: subprocess.Popen[bytes]
    seen_in: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_until_open(self) -> None:
        while self.process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/robots.txt", timeout=5).close()
                return
            time.sleep(0.1)
        raise RuntimeError("the school did not start")

    def press(self) -> None:
        """The host sends a message to every cohort of $BENCH_LESSON."""
        self.process.send_signal(signal.SIGUSR2)

    def seen(self) -> dict[str, Any]:
        """What the process has asked the database, and how many texts came to it for everyone."""
        self.seen_in.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        while not self.seen_in.exists():
            time.sleep(0.02)
        return dict(json.loads(self.seen_in.read_text()))


async def _speak(url: str, ticket: str, stop: threading.Event) -> None:
    from live.client import Speaker, door

    async with door(url, "speak", ticket) as socket:
        speaker = Speaker(socket)
        await speaker.greet()
        listening = asyncio.create_task(speaker.listen())
        await speaker.say(_voice(stop))
        await speaker.all_durable()
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


def _voice(stop: threading.Event) -> Iterator[bytes]:
    """Opus-like packets of 20 ms that carry when they were spoken; whole frames of 60 ms."""
    while not stop.is_set():
        yield from islice(iter(_packet, None), 3)


def _packet() -> bytes:
    return (b"\x78" + struct.pack("!d", time.time())).ljust(PACKET, b"\x78")

"""The whole school in one terminal: database, demo, web and worker."""

import hashlib
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import env
from config.management.commands.work import QUEUES, work_on
from live.processes import Child, Processes, Work
from live.serving import check_port, load, serve
from payments.simulators import together

LOOPBACK = ("127.0.0.1", "localhost")
FIRST_TIME = 24 * 3600.0  # seconds: a big school migrates for a while


class Command(BaseCommand):
    help = "Migrate when needed, load the demo school the first time, then run web and worker until ctrl-C."
    requires_system_checks: list[str] = []  # `manage.py doctor` is the place to be told; here every second counts

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        check_port(host, port)
        name_the_school(host, port)
        simulated = simulators(f"http://{host}:{port}")
        load()
        self.prepare()
        workers = [partial(work_on, queue) for queue in QUEUES]
        Processes([partial(serve, host, port), *workers, *simulated], say=self.say).run(
            welcome=lambda: self.welcome(host, port)
        )
        self.say("Stopped.")

    def prepare(self) -> None:
        """In a process of its own: what the school opens for it, such as a line to the store, the others do not inherit."""
        preparing = Child.fork(lambda ready: self.make_ready())
        try:
            preparing.await_end(patience=FIRST_TIME)
        except KeyboardInterrupt:
            preparing.stop()
            sys.exit(130)
        if preparing.status:
            sys.exit(preparing.status)

    def make_ready(self) -> None:
        try:
            self.migrate()
            self.load_demo()
        except CommandError as error:
            self.stderr.write(self.style.ERROR(f"CommandError: {error}"))
            sys.exit(1)

    def migrate(self) -> None:
        stamp, now = settings.VAR / "migrated", migrations_fingerprint()
        database = settings.DATABASES["default"]
        is_there = database["ENGINE"] != "django.db.backends.sqlite3" or Path(str(database["NAME"])).exists()
        if is_there and stamp.is_file() and stamp.read_text() == now:
            return
        self.say("Preparing the database …")
        call_command("migrate", interactive=False, stdout=Progress(self.stdout), no_color=True)
        stamp.write_text(now)

    def load_demo(self) -> None:
        stamp = settings.VAR / "demo-loaded"
        if stamp.exists() or "demo" not in get_commands():
            return
        self.say("Loading the demo school …")
        call_command("demo", stdout=self.stdout)
        stamp.touch()

    def welcome(self, host: str, port: int) -> None:
        """Where to go, and as whom."""
        address = f"http://{host}:{port}/"
        self.say(f"Qunke 群课 is open:  {address}   ·   editors and operators:  {address}admin/")
        self.say("Sign in with one of these e-mails; the code that would be sent is printed in this terminal.")
        for email, name, role in demo_people():
            self.stdout.write(f"    {email:28} {name} · {role}")
        if env.text("SIMULATE"):
            self.say(f"No money moves: {env.text('SIMULATE')} are simulated.")
        self.say("ctrl-C ends everything.")

    def say(self, text: str) -> None:
        self.stdout.write(f"» {text}")
        self.stdout.flush()


def name_the_school(host: str, port: int) -> None:
    """What it writes into letters and feeds leads back here, unless SITE_URL says where the school is."""
    if not env.text("SITE_URL") and host in LOOPBACK:
        settings.SITE_URL = settings.WAGTAILADMIN_BASE_URL = f"http://{host}:{port}"


def simulators(school: str) -> list[Work]:
    """What SIMULATE names, opened where `config/bootstrap.py` has told the settings that it will be."""
    names, folder = env.words("SIMULATE"), env.text("SIMULATORS")
    if names and not settings.DEBUG:
        raise CommandError("SIMULATE takes no money: it is for trying out, not for DEBUG=0.")
    if names and not folder:
        raise CommandError("SIMULATE works with make run, or python3 platform/config/bootstrap.py run.")
    return [partial(simulate, names, Path(folder), school)] if names else []


def simulate(names: list[str], folder: Path, school: str, ready: Callable[[], None]) -> None:
    with together.open_all(names, folder=folder, school=school):
        ready()
        together.wait()


def migrations_fingerprint() -> str:
    """Changes when our migrations, the installed packages or the database do."""
    seen = hashlib.sha256(repr(settings.DATABASES["default"]["NAME"]).encode())
    for path in sorted(settings.BASE_DIR.glob("*/**/migrations/*.py")):
        seen.update(path.read_bytes())
    seen.update((settings.BASE_DIR / "requirements.lock").read_bytes())
    return seen.hexdigest()


def demo_people() -> list[tuple[str, str, str]]:
    from django.db import connection

    from accounts.models import User

    try:
        people = User.objects.order_by("pk")[:12]
        return [(person.email, person.display_name, person.get_role_display()) for person in people]
    finally:
        connection.close()


class Progress:
    """Counts the migrations instead of listing them, as Django would."""

    def __init__(self, out: Any) -> None:
        self.out, self.done = out, 0

    def write(self, text: str) -> None:
        if "Applying" not in text:
            return
        self.done += 1
        if self.out.isatty():
            self.out.write(f"\r  {self.done} migrations", ending="")
        elif self.done % 50 == 0:
            self.out.write(f"  {self.done} migrations")
        self.out.flush()

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False

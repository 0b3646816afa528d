"""The whole school in one terminal: database, demo, web and worker."""

import contextlib
import hashlib
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser

from live.processes import Child

HEAD_START = 4.0  # seconds in which the web process has the machine to itself: a page first, then tasks


class Command(BaseCommand):
    help = "Migrate when needed, load the demo school the first time, then run web and worker until ctrl-C."
    requires_system_checks: list[str] = []  # `manage.py doctor` is the place to be told; here every second counts

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        check_port(host, port)
        try:
            self.migrate()
            self.load_demo()
        except KeyboardInterrupt:
            sys.exit(130)
        with Worker():
            threading.Thread(target=self.welcome, args=[host, port], daemon=True).start()
            call_command("serve", host=host, port=port)
        self.say("Stopped.")

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
        """Once the web process answers: where to go, and as whom."""
        while not is_listening(host, port):
            time.sleep(0.05)
        address = f"http://{host}:{port}/"
        self.say(f"Qunke 群课 is open:  {address}   ·   editors and operators:  {address}admin/")
        self.say("Sign in with one of these e-mails; the code that would be sent is printed in this terminal.")
        for email, name, role in demo_people():
            self.stdout.write(f"    {email:28} {name} · {role}")
        self.say("ctrl-C ends everything.")

    def say(self, text: str) -> None:
        self.stdout.write(f"» {text}")
        self.stdout.flush()


def check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = f"Port {port} on {host} cannot be used ({getattr(error, 'strerror', '') or error})."
            raise CommandError(f"{reason} Stop what uses it, or choose another: make run PORT=8001.") from error


def is_listening(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


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


class Worker:
    """The task worker beside the web process: started again when it dies, gone when the block ends."""

    COMMAND = (
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "db_worker",
        "--no-reload",
        "--interval",
        "0.5",
        "--queue-name",
        "*",
    )

    def __init__(self) -> None:
        self.is_ending = threading.Event()
        self.child: Child | None = None

    def __enter__(self) -> "Worker":
        self.thread = threading.Thread(target=self._keep, daemon=True)
        self.thread.start()
        return self

    def _keep(self) -> None:
        self.is_ending.wait(HEAD_START)
        while not self.is_ending.is_set():
            self.child = Child(self.COMMAND)
            self.child.process.wait()
            if not self.is_ending.wait(1):
                print("» The worker died; starting it again.", flush=True)

    def __exit__(self, *raised: object) -> None:
        self.is_ending.set()
        if not self.child:
            return
        self.child.stop(patience=10)
        self.thread.join(2)

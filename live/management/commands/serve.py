import gc
import os
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import get_resolver
from django.utils.translation import gettext as _

from live.processes import INHERITED, Processes
from live.services.uploading import keep_uploading

BACKLOG = 4096  # connections that wait to be accepted while a crowd comes in; the kernel's own limit holds too
LOADED_FIRST = ("twisted.internet.tcp", "twisted.internet.endpoints", "daphne.http_protocol", "daphne.ws_protocol")


class Command(BaseCommand):
    help = _("启动网页与直播；--workers N 让 N 个进程守同一个端口")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument(
            "--workers",
            type=int,
            default=int(os.environ.get("WEB_PROCESSES") or "1"),
            help=_("几个进程；死了的会马上再起来。0：就在这个进程里，没有人看着它"),
        )
        parser.add_argument("--trial", action="store_true", help=_("只装入程序，看能不能启动，然后结束"))

    def handle(self, *, host: str, port: int, workers: int, trial: bool, **options: Any) -> None:
        if workers > 1 and not settings.REDIS_URL:
            raise CommandError(_("%d 个进程要有 Redis 才能互相听到：设 REDIS_URL，或只用一个进程。") % workers)
        load()
        if trial:
            return
        if INHERITED not in os.environ:
            check_port(host, port)
        if not workers:
            serve(host, port, shared=False)
            return
        again = [sys.executable, *sys.argv]
        works = [partial(serve, host, port)] * workers
        Processes(works, say=self.say, again=again).run(welcome=lambda: self.welcome(workers))

    def welcome(self, workers: int) -> None:
        self.say(f"{workers} process(es) serve this port. SIGHUP replaces them one by one.")

    def say(self, text: str) -> None:
        self.stdout.write(f"» {text}")
        self.stdout.flush()


def load() -> None:
    """Everything a server process needs, and nothing that runs: its forks have it at once, and share the memory."""
    from channels.routing import get_default_application

    get_default_application()
    get_resolver().url_patterns  # noqa: B018
    for name in LOADED_FIRST:
        import_module(name)
    gc.collect()
    gc.freeze()


def serve(host: str, port: int, ready: Callable[[], None] | None = None, *, shared: bool = True) -> None:
    """Serve until told to stop. `shared`: other processes may listen on the same port."""
    from live.server import Server  # it installs the reactor, which no two processes may share

    # isort: split
    from channels.routing import get_default_application
    from daphne.endpoints import build_endpoint_description_strings

    settle_down()
    threading.Thread(target=keep_uploading, daemon=True).start()
    Server(
        application=get_default_application(),
        endpoints=[f"{end}:backlog={BACKLOG}" for end in build_endpoint_description_strings(host=host, port=port)],
        server_name="qunke",
        verbosity=1,
        application_close_timeout=10,
        shared=shared,
        ready_callable=ready,
    ).run()


def settle_down() -> None:
    """Thousands of sockets are a big heap that lives: walking it at every few hundred allocations costs a third of the
    time in which a crowd comes in (measured by `make prove P=P5`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 1000)
    sys.setswitchinterval(0.0005)  # a thread that computes takes the interpreter from the sound for no longer


def check_port(host: str, port: int) -> None:
    """Raises `CommandError` when it is taken or not ours to take."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = f"Port {port} on {host} cannot be used ({getattr(error, 'strerror', '') or error})."
            raise CommandError(f"{reason} Stop what uses it, or choose another: make run PORT=8001.") from error

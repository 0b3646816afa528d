import gc
import os
import sys
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from live.processes import Processes
from live.services.uploading import keep_uploading

BACKLOG = 4096  # connections that wait to be accepted while a crowd comes in; the kernel's own limit holds too


class Command(BaseCommand):
    help = _("启动网页与直播；--workers N 让 N 个进程守同一个端口")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--workers", type=int, default=int(os.environ.get("WEB_PROCESSES") or "1"))
        parser.add_argument("--ready-fd", type=int, help=_("由上级进程给出：开始听端口时往里写一个字节"))

    def handle(self, *, host: str, port: int, workers: int, ready_fd: int | None, **options: Any) -> None:
        if ready_fd is None and workers > 1:
            self.serve_together(host, port, workers)
        else:
            self.serve(host, port, ready_fd, verbosity=options["verbosity"])

    def serve_together(self, host: str, port: int, workers: int) -> None:
        if not settings.REDIS_URL:
            raise CommandError(_("%d 个进程要有 Redis 才能互相听到：设 REDIS_URL，或只用一个进程。") % workers)
        command = [sys.executable, sys.argv[0], "serve", "--host", host, "--port", str(port)]
        Processes(command, count=workers, say=self.say).run()

    def serve(self, host: str, port: int, ready_fd: int | None, *, verbosity: int) -> None:
        from channels.routing import get_default_application
        from daphne.endpoints import build_endpoint_description_strings

        from live.server import Server

        settle_down()
        threading.Thread(target=keep_uploading, daemon=True).start()
        Server(
            application=get_default_application(),
            endpoints=[f"{end}:backlog={BACKLOG}" for end in build_endpoint_description_strings(host=host, port=port)],
            server_name="qunke",
            verbosity=verbosity,
            application_close_timeout=10,
            shared=ready_fd is not None,
            ready_callable=(lambda: tell(ready_fd)) if ready_fd is not None else None,
        ).run()

    def say(self, text: str) -> None:
        self.stdout.write(f"» {text}")
        self.stdout.flush()


def settle_down() -> None:
    """Thousands of sockets are a big heap that lives: walking it at every few hundred allocations costs a third of the
    time in which a crowd comes in (measured by `make prove P=P5`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 1000)
    sys.setswitchinterval(0.0005)  # a thread that computes takes the interpreter from the sound for no longer


def tell(ready_fd: int) -> None:
    os.write(ready_fd, b"1")
    os.close(ready_fd)

import os
import sys
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from live.processes import INHERITED, Processes
from live.serving import check_port, load, serve


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
        self.say(f"Processes that serve this port: {workers}. SIGHUP replaces them one by one.")

    def say(self, text: str) -> None:
        self.stdout.write(f"» {text}")
        self.stdout.flush()

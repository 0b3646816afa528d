from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from config.clock import Clock
from live.processes import Processes

QUEUES: Sequence[str] = settings.TASKS["default"]["QUEUES"]


class Command(BaseCommand):
    help = "Do what waits in the queues, and put there what is done again and again (config/clock.py). ctrl-C ends it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--queue", choices=QUEUES, help="Only this one, in this process.")

    def handle(self, *, queue: str | None, verbosity: int, **options: Any) -> None:
        if queue:
            work_on(queue, verbosity=verbosity)
        else:
            works = [partial(work_on, queue, verbosity=verbosity) for queue in QUEUES]
            Processes(works, say=self.stdout.write).run(welcome=lambda: None)


def work_on(queue: str, ready: Callable[[], None] = lambda: None, *, verbosity: int = 0) -> None:
    """One queue until a signal ends it: an hour of video on its way keeps no letter and no payment waiting."""
    ready()
    with Clock() if queue == QUEUES[0] else nullcontext():
        call_command("db_worker", reload=False, interval=0.5, queue_name=queue, verbosity=verbosity)

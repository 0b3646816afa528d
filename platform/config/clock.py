"""What is done again and again. The worker's clock puts each task into the queue when its hour has come.

Its memory is the queue itself: when a task was put there last is a row. Two workers' clocks may put one there twice; every
task named here may be run twice.
"""

import logging
import threading
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import close_old_connections
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

EVERY = {
    "payments.tasks.sweep": timedelta(minutes=1),
    "notify.tasks.send_due": timedelta(minutes=1),
    "payments.tasks.reconcile": timedelta(hours=1),
    "media.tasks.sweep": timedelta(minutes=1),
    "media.tasks.go_on_listening": timedelta(minutes=1),
    "membership.tasks.remind": timedelta(hours=1),
    "courses.tasks.call_in": timedelta(minutes=1),
    "courses.tasks.join_missed": timedelta(minutes=10),
    "media.tasks.forget_uploads": timedelta(hours=1),
    "config.tasks.forget": timedelta(days=1),
}
PROMPT = (
    "cms.schedule.run_due",
)  # done by the clock itself at each look: what is to appear at 22:00 waits for no queue
LOOK_SECONDS = 10
log = logging.getLogger(__name__)


def tick() -> list[str]:
    """Put what is due into the queue; answers its names. What still waits there is not put a second time."""
    there = _paths(DBTaskResult.objects.filter(_lately())) | _paths(DBTaskResult.objects.ready())
    due = [path for path in EVERY if path not in there]
    for path in due:
        import_string(path).enqueue()
    return due


def do_promptly() -> None:
    """What cannot wait until the worker has finished with an hour of video. Each is cheap when there is nothing to do."""
    for path in PROMPT:
        import_string(path)()


def _lately() -> Q:
    """Put there so lately that its hour has not come again: two weeks of finished rows need not be read for that."""
    now = timezone.now()
    return reduce(or_, [Q(task_path=path, enqueued_at__gt=now - pause) for path, pause in EVERY.items()])


def _paths(tasks: QuerySet[Any]) -> set[str]:
    return set(tasks.filter(task_path__in=EVERY).order_by().values_list("task_path", flat=True).distinct())


class Clock:
    """Ticks in a thread of its own until it is stopped; a database that is away for a while only makes it late."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="clock")

    def __enter__(self) -> "Clock":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            for look in (do_promptly, tick):
                try:
                    look()
                except Exception:  # whatever it was, the next look may be luckier
                    log.exception("The clock could not look")
                finally:
                    close_old_connections()

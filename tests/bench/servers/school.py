"""`manage.py serve` as it is, with two things a bench needs to see from outside.

SIGUSR1 writes what this process has asked the database so far to $BENCH_SEEN; SIGUSR2 lets the host of $BENCH_LESSON
post a message, as her page would: in a thread of its own, by the verb. The message says when she pressed.
"""

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django
from django.core.management import call_command
from django.db.backends.signals import connection_created

queries: Counter[str] = Counter()
told: list[float] = []
posted: list[float] = []


def count(execute, sql, params, many, context):
    queries[" ".join(sql.split()[: 3 if sql.startswith("UPDATE") else 1])] += 1
    return execute(sql, params, many, context)


def watch(connection, **kwargs):
    if count not in connection.execute_wrappers:
        connection.execute_wrappers.append(count)


def say_what_was_seen(*_):
    seen = {"queries": queries, "told": len(told), "posted": posted}
    making = Path(os.environ["BENCH_SEEN"] + ".making")
    making.write_text(json.dumps(seen))
    making.rename(os.environ["BENCH_SEEN"])


def press(*_):
    threading.Thread(target=_press).start()


def _press():
    from live.models import Broadcast
    from live.services.relaying import post

    began = time.time()
    broadcast = Broadcast.objects.select_related("lesson__course__instructor").get(pk=os.environ["BENCH_LESSON"])
    post(broadcast=broadcast, by=broadcast.lesson.course.instructor, text="茶要趁热。", press=str(began))
    posted.append(time.time() - began)


def main():
    django.setup()
    from live.engine.room import Room

    tell = Room.tell
    Room.tell = lambda room, body: (told.append(time.time()), tell(room, body))[1]
    connection_created.connect(watch)
    signal.signal(signal.SIGUSR1, say_what_was_seen)
    signal.signal(signal.SIGUSR2, press)
    call_command("serve", "--port", sys.argv[1], "--workers", "0")


main()

"""A process that hears notices as fast as it can: `python tests/money/listeners.py` reads one body a line, then says how
many were answered with 2xx, when it began and ended, and when all goods were given (seconds since 1970)."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform"), str(ROOT / "tests/support")]
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django

django.setup()

from django.conf import settings

settings.DEBUG = False  # as a school runs: no list of statements is kept

from tills import notify

from payments.services.inbox import clerk

AT_ONCE = 4


def main():
    bodies = [line.encode() for line in sys.stdin.read().splitlines()]
    notify(b"{}")  # whatever is loaded on first use is loaded now
    began = time.time()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        taken = sum(status == 200 for status in pool.map(lambda body: notify(body).status_code, bodies))
    ended = time.time()
    clerk.join()
    print(json.dumps({"taken": taken, "began": began, "ended": ended, "given": time.time()}))


if __name__ == "__main__":
    main()

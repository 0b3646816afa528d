"""A process that hears notices as fast as it can: `python tests/money/listeners.py` reads one body a line, then says how
many it heard, how many were answered with 2xx, and when it began and ended (seconds since 1970)."""

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

AT_ONCE = 3


def main():
    bodies = [line.encode() for line in sys.stdin.read().splitlines()]
    notify(b"{}")  # whatever is loaded on first use is loaded now
    began = time.time()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        taken = sum(status == 200 for status in pool.map(lambda body: notify(body).status_code, bodies))
    print(json.dumps({"heard": len(bodies), "taken": taken, "began": began, "ended": time.time()}))


if __name__ == "__main__":
    main()

"""The bench itself works: a tiny crowd, nothing timed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

HERE = Path(__file__).parent


def ask(code, **environment):
    """What a line of Python says in JSON, run where the bench runs."""
    done = subprocess.run(
        [sys.executable, "-c", f"import json; {code}"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "PYTHONPATH": str(HERE), **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("server", ["ours", "bare", "stock"])
def test_every_listener_of_a_small_crowd_is_counted(server):
    run = f"fanout.run([sys.executable, str(fanout.SERVERS / '{server}.py')], listeners=20, seconds=0.3)"
    heard = ask(f"import sys, fanout; print(json.dumps({run}))")
    assert heard["delivered"] == 1
    assert heard["each"] == [5, 5]
    assert heard["late_ms"]["max"] > 0


def test_one_cohort_and_many_hear_the_whole_lesson(db):
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
        pytest.skip("the bench has a SQLite of its own")
    empty = {"BENCH_TEMPLATE": str(settings.DATABASES["default"]["NAME"]), "BENCH_PEOPLE": "50"}
    measured = ask("import crowd; print(json.dumps(crowd.p3(listeners=50, seconds=1, rounds=1)))", **empty)
    assert measured["delivered"] == 1
    assert measured["faults"] == []
    assert measured["cpu_us"]["one cohort"][0] > 0
    assert measured["cpu_us"]["many cohorts"][0] > 0


def test_the_plan_follows_from_what_was_measured():
    proved = [
        {"promise": "P2", "figure": 200, "cpu_us": 20, "bytes_s": 3000, "bytes_per_connection": 30_000},
        {"promise": "P5", "figure": 500},
        {"promise": "P11", "figure": 2},
    ]
    done = subprocess.run(
        [sys.executable, HERE / "plan.py", "-"],
        input="\n".join(map(json.dumps, proved)),
        capture_output=True,
        text=True,
    )
    assert "| processes | 417 |" in done.stdout
    assert "| listeners a process | 12,000 (50% of a core while somebody speaks) |" in done.stdout


def test_a_plan_without_measurements_says_what_to_measure():
    done = subprocess.run([sys.executable, HERE / "plan.py", "-"], input="", capture_output=True, text=True)
    assert done.returncode == 1
    assert 'make prove P="P2 P5 P11"' in done.stdout

"""`make prove P="R1"`: the tests of this folder at full scale, with servers of their own where a row needs them."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVERS = {"postgres": {"TEST_DATABASE": "postgres"}, "redis": {}, "ceph": {"TEST_STORE": "s3"}}


def prove(name, *, servers=(), folder="tests/faults", at_once=0):
    """Run a row's tests, so many `at_once`; the worst of its figures stands for it, the others beside it."""
    with contextlib.ExitStack() as stack:
        environment = {**os.environ, "FAULTS_FULL": "1"}
        for server in servers:
            environment |= stack.enter_context(_running(server)) | SERVERS[server]
        told = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "figures"
        environment["FAULTS_FIGURES"] = str(told)
        command = [sys.executable, "-m", "pytest", "-q", f"-n{at_once}", "-o", "timeout=15000", folder]
        command += ["-k", f"test_{name.lower()}_"]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
        if not told.exists():
            raise RuntimeError(done.stdout[-2000:])
        figures = [json.loads(line) for line in told.read_text().splitlines()]
    worst = next((one for one in figures if not one["kept"]), figures[0])
    beside = [one for one in figures if one is not worst]
    passed = done.returncode == 0
    result = {**worst, "kept": passed and all(one["kept"] for one in figures), "tests_passed": passed}
    if not passed:
        result["why"] = done.stdout.strip().splitlines()[-1]
    return result | ({"also": beside} if beside else {})


@contextlib.contextmanager
def _running(server):
    """What the tests have to be told to use it."""
    folder = Path(tempfile.mkdtemp(prefix=f"qunke-{server}-"))
    folder.chmod(0o755)
    setting = {**os.environ, f"{server.upper()}_DATA": str(folder)}
    script = ["bash", str(ROOT / f"tests/servers/{server}.sh")]
    try:
        said = subprocess.run([*script, "start"], env=setting, check=True, stdout=subprocess.PIPE, text=True).stdout
        yield dict(line.removeprefix("export ").split("=", 1) for line in said.splitlines() if "=" in line)
    finally:
        subprocess.run([*script, "stop"], env=setting, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)


ROWS = {
    "R1": ("the server, and one of two processes, killed ten times in mid-lesson (about 3 min)", ["redis"]),
    "R2": ("the machine and its disk gone five times in mid-lesson (about 3 min)", []),
    "R3": ("a teacher offline for 30 s (about 1 min)", []),
    "R4": ("Redis hanging, then dead, for 60 s each; pages and payments meanwhile (about 4 min)", ["redis"]),
    "R5": ("the database gone for 60 s (about 2 min)", ["postgres"]),
    "R6": ("the store gone for 10 min, and for 3 with the server killed (about 18 min)", []),
    "R7": ("100 listeners who take nothing beside 300 who do (about 2 min)", []),
    "R8": ("two processes replaced ten times, by SIGTERM and by SIGHUP (about 4 min)", ["redis"]),
    "R9": ("two processes with one lesson: one asleep, one without the database (about 2 min)", ["postgres", "redis"]),
    "R10": ("a log cut and flipped at every byte (about 10 min)", []),
    "R11": ("ten million deliveries to a crowd that is cut off again and again (about 15 min)", []),
    "R12": ("a replay beside what was heard live (about 2 min)", []),
    "R13": ("two teachers speak for 3 h (or SOAK_HOURS), one's clock fast, one's slow", []),
    "S1": ("sockets asked for by pages of other sites", []),
    "S2": ("10,000 malformed messages, ping floods, endless fragments, slow handshakes (about 10 min)", []),
    "S4": ("right ended, banned, signed out: sockets and media, in a bucket", ["ceph"]),
    "S9": ("check --deploy, and the headers of an operated school's answers", []),
    "S5": ("200 at once with one ticket, late tickets, others' tickets", []),
}
MONEY = {
    "P10": ("1,000 payments heard of by two processes on PostgreSQL (about 2 min)", ["postgres"]),
    "M1": ("one notice 1,000 times, 50 at once (about 1 min)", ["postgres"]),
    "M2": ("the news of a sale in every order (about 1 min)", []),
    "M4": ("a crash at every statement (about 1 min)", []),
    "M5": ("1,000 buyers before 100 places, three processes (about 2 min)", ["postgres"]),
    "M7": ("100,000 random steps in ten years of a school, on all cores (about 1 h)", []),
}
PROMISES = {name: (what, partial(prove, name, servers=servers)) for name, (what, servers) in ROWS.items()}
PROMISES |= {
    name: (what, partial(prove, name, servers=servers, folder="tests/money")) for name, (what, servers) in MONEY.items()
}
PROMISES["M7"] = (MONEY["M7"][0], partial(prove, "M7", folder="tests/money", at_once=os.cpu_count()))

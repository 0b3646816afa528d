"""P2, P3, P11: a whole lesson before a crowd. Real tickets and sockets, one microphone, everything counted."""

import contextlib
import os
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import Any

from audience import CLIENT_CORE, SERVER_CORE, Audience, cpu, memory
from school import Server, school

FAULTS = ("holes", "repeats", "skips", "lost")
REDIS = Path(__file__).parents[1] / "servers/redis.sh"


def lesson(
    broadcast: Any, audience: Audience, *servers: Server, seconds: float, also: tuple[int, ...] = ()
) -> dict[str, Any]:
    """Speak for so long; what it cost the servers (and `also` other processes), and what was heard."""
    pids = [server.pid for server in servers] + list(also)
    audience.report()
    wrote, used, began = school().written(broadcast), [cpu(pid) for pid in pids], time.monotonic()
    with school().speaking(servers[0], broadcast):
        time.sleep(seconds)
    costs, took = [cpu(pid) - before for pid, before in zip(pids, used, strict=True)], time.monotonic() - began
    heard = audience.report(after=1)
    expected = (school().written(broadcast) - wrote) * heard["listeners"]
    faults = {name: heard[name] for name in FAULTS if heard[name]}
    return {
        "whole": heard["frames"] == expected and not faults,
        "delivered": heard["frames"] / expected,
        "faults": faults,
        "cpu_us": sum(costs) / expected * 1e6,
        "core": [round(cost / took, 3) for cost in costs],
        "bytes_s": heard["bytes"] / heard["listeners"] / took,
        "heard": heard,
    }


def p2(*, listeners: int = 10_000, seconds: float = 20, warm: int = 100) -> dict[str, Any]:
    """As many listeners as cohorts in one process on one core."""
    broadcast = school().lesson(cohorts=listeners)
    with (
        school().serve() as server,
        Audience([server.port], tickets=school().tickets(broadcast, listeners)) as audience,
    ):
        audience.join(min(warm, listeners // 2))
        time.sleep(1)
        empty = memory(server.pid)
        joined = audience.join(listeners - min(warm, listeners // 2))
        time.sleep(3)
        done = lesson(broadcast, audience, server, seconds=seconds)
        each = (memory(server.pid) - empty) / joined["inside"]
    heard = done["heard"]
    late = heard["late_ms"]["p99"]
    return {
        "promise": "P2",
        "figure": late,
        "unit": "ms p99 write to read",
        "bound": 250,
        "kept": done["whole"] and heard["listeners"] == listeners and late <= 250 and each <= 32_768,
        "listeners": heard["listeners"],
        "cohorts": listeners,
        "delivered": done["delivered"],
        "late_ms": heard["late_ms"],
        "bytes_per_connection": round(each),
        "how": "resident memory of the server, crowd minus first hundred; without the kernel's socket buffers",
        "core": done["core"][0],
        "cpu_us": round(done["cpu_us"], 2),
        "bytes_s": round(done["bytes_s"]),
        "client_cpu_s": heard["cpu_s"],
        "faults": done["faults"],
    }


def p3(*, listeners: int = 4000, seconds: float = 10, rounds: int = 3) -> dict[str, Any]:
    """One cohort of all of them beside as many cohorts of one, in turns, before the same process."""
    rooms = [school().lesson(cohorts=1), school().lesson(cohorts=listeners)]
    costs: tuple[list[float], list[float]] = ([], [])
    delivered, faults = [], []
    with school().serve() as server, contextlib.ExitStack() as stack:
        crowds = [
            stack.enter_context(Audience([server.port], tickets=school().tickets(room, listeners, times=rounds)))
            for room in rooms
        ]
        for _ in range(rounds):
            for room, crowd, cost in zip(rooms, crowds, costs, strict=True):
                crowd.join(listeners)
                time.sleep(2)
                done = lesson(room, crowd, server, seconds=seconds)
                cost.append(done["cpu_us"])
                delivered.append(done["delivered"] * done["heard"]["listeners"] / listeners)
                faults += [done["faults"]] if done["faults"] else []
                crowd.leave()
                time.sleep(3)
    one, many = map(median, costs)
    return {
        "promise": "P3",
        "figure": round(100 * (many / one - 1), 1),
        "unit": f"% CPU more for {listeners} cohorts × 1 than for 1 × {listeners}",
        "bound": 5,
        "kept": abs(many / one - 1) <= 0.05 and {*delivered} == {1} and not faults,
        "cpu_us": {"one cohort": [round(c, 2) for c in costs[0]], "many cohorts": [round(c, 2) for c in costs[1]]},
        "delivered": min(delivered),
        "faults": faults,
    }


def p11(*, listeners: int = 10_000, seconds: float = 12, rounds: int = 2) -> dict[str, Any]:
    """The same crowd before one process on one core, and before two on two with Redis between them, in turns.

    The listeners read on the same two cores, so the servers cannot be driven to their limit. What a second core adds
    is taken from the CPU that the same work costs: were it the same, two cores would carry exactly twice as much.
    """
    runs = [[_together(n, listeners, seconds) for n in (1, 2)] for _ in range(rounds)]
    one, two = ([run[n] for run in runs] for n in (0, 1))
    figure = 2 * sum(run["cpu_us"] for run in one) / sum(run["cpu_us"] for run in two)
    whole = all(run["whole"] and run["heard"]["listeners"] == listeners for run in one + two)
    return {
        "promise": "P11",
        "figure": round(figure, 2),
        "unit": "× the listeners of one process",
        "bound": 1.8,
        "kept": figure >= 1.8 and whole,
        "how": "2 × CPU of one process ÷ CPU of both and Redis, for the same crowd hearing the same frames",
        "cpu_us": {"one": [round(run["cpu_us"], 2) for run in one], "two": [round(run["cpu_us"], 2) for run in two]},
        "core": {"one": [run["core"] for run in one], "two, Redis": [run["core"] for run in two]},
        "late_ms": {"one": one[-1]["heard"]["late_ms"], "two": two[-1]["heard"]["late_ms"]},
        "delivered": [run["delivered"] for run in one + two],
        "faults": [run["faults"] for run in one + two if run["faults"]],
        "listeners": listeners,
    }


def _together(processes: int, listeners: int, seconds: float) -> dict[str, Any]:
    """A crowd spread over so many processes, each on a core of its own."""
    broadcast = school().lesson(cohorts=listeners)
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(_redis()) if processes > 1 else None
        setting = {"REDIS_URL": redis[0]} if redis else {}
        cores = (SERVER_CORE, CLIENT_CORE)
        servers = [stack.enter_context(school().serve(core=cores[n], **setting)) for n in range(processes)]
        tickets = school().tickets(broadcast, listeners)
        audience = stack.enter_context(Audience([server.port for server in servers], tickets=tickets))
        audience.join(listeners)
        time.sleep(5)  # every process has heard how many the others have
        return lesson(broadcast, audience, *servers, seconds=seconds, also=(redis[1],) if redis else ())


@contextlib.contextmanager
def _redis() -> Any:
    folder = school().folder / "redis"
    setting = {**os.environ, "REDIS_DATA": str(folder)}
    said = subprocess.run([REDIS, "start"], env=setting, check=True, capture_output=True, text=True).stdout
    try:
        yield said.strip().partition("=")[2], int((folder / "pid").read_text())
    finally:
        subprocess.run([REDIS, "stop"], env=setting, check=True)

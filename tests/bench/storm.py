"""P5: everybody at the door at once."""

import time
from typing import Any

from audience import Audience, cpu
from school import school


def p5(*, listeners: int = 10_000) -> dict[str, Any]:
    """As many joins as one process takes; then all are cut off in the middle of a word and come back within 5 s."""
    broadcast = school().lesson(cohorts=listeners)
    tickets = school().tickets(broadcast, listeners, times=2)
    with school().serve() as server, Audience([server.port], tickets=tickets) as audience:
        before, used = server.seen()["queries"], cpu(server.pid)
        joined = audience.join(listeners)
        used, after = cpu(server.pid) - used, server.seen()["queries"]
        with school().speaking(server, broadcast):
            time.sleep(3)
            audience.leave()
            time.sleep(1)
            back = audience.join(listeners, within=5, patience=30)
        heard = audience.report(after=1)
    queries = {name: round((n - before.get(name, 0)) / listeners, 4) for name, n in after.items()}
    rate = joined["inside"] / joined["seconds"]
    share = back["inside"] / listeners
    return {
        "promise": "P5",
        "figure": round(rate),
        "unit": "joins/s",
        "bound": 500,
        "kept": rate >= 500 and share >= 0.99 and sum(queries.values()) <= 1,
        "queries_per_join": queries,
        "cpu_ms_per_join": round(used / listeners * 1000, 3),
        "storm": {"back": share, "resumed": back["resumed"], "seconds": back["seconds"], "wait_ms": back["wait_ms"]},
        "faults": {name: heard[name] for name in ("holes", "repeats", "skips")},
    }

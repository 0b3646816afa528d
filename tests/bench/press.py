"""P4: one press, and every cohort has it."""

import time
from typing import Any

from audience import Audience
from school import school


def p4(*, listeners: int = 10_000, presses: int = 5) -> dict[str, Any]:
    """The host sends messages during a lesson, each to a listener in each cohort; and the ledger that remembers it."""
    broadcast = school().lesson(cohorts=listeners)
    tickets = school().tickets(broadcast, listeners)
    with school().serve(BENCH_LESSON=str(broadcast.pk)) as server, Audience([server.port], tickets=tickets) as audience:
        inside = audience.join(listeners)["inside"]
        time.sleep(3)
        told, rows = server.seen()["told"], _rows(broadcast)
        audience.report()
        with school().speaking(server, broadcast):
            for n in range(presses):
                time.sleep(1.5 + n * 0.11)  # at another moment of the 480 ms each time
                server.press()
            time.sleep(1)
        heard = audience.report(after=1)
        told, rows = server.seen()["told"] - told, _rows(broadcast) - rows
    ledger = ledger_seconds(broadcast)
    late = heard["texts_late_ms"]["p99"] if heard["texts"] else None
    reached = heard["texts"] == listeners * presses and inside == listeners
    return {
        "promise": "P4",
        "figure": late,
        "unit": "ms p99 press to read",
        "bound": 300,
        "kept": reached and late <= 300 and told == rows == presses and ledger is not None and ledger <= 2,
        "late_ms": heard["texts_late_ms"],
        "delivered": heard["texts"] / (listeners * presses),
        "each_press": {"log rows": rows / presses, "bus messages": told / presses},
        "ledger_s": ledger,
        "ledger_bound_s": 2,
    }


def _rows(broadcast: Any) -> int:
    return int(broadcast.events.filter(n=None).count())


def ledger_seconds(broadcast: Any) -> float | None:
    """How long one delivery to every cohort takes to be written into the relay ledger; None while there is none."""
    return None

"""P4: one press, and every cohort has it."""

import time
from typing import Any

from audience import Audience
from school import school

APART = 5.0  # seconds: the ledger of the press before is finished


def p4(*, listeners: int = 10_000, presses: int = 4) -> dict[str, Any]:
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
                time.sleep(APART + n * 0.11)  # at another moment of the 480 ms each time
                server.press()
            time.sleep(APART)
        heard = audience.report(after=1)
        seen = server.seen()
    told, rows = seen["told"] - told, [now - before for now, before in zip(_rows(broadcast), rows, strict=True)]
    late, ledger = heard["texts_late_ms"], max(seen["posted"])
    reached = heard["texts"] == listeners * presses and inside == listeners
    return {
        "promise": "P4",
        "figure": late and late["p99"],
        "unit": "ms p99 press to read",
        "bound": 300,
        "kept": reached
        and late["p99"] <= 300
        and [told, *rows] == [presses, presses, presses * listeners]
        and ledger <= 2,
        "late_ms": late,
        "delivered": heard["texts"] / (listeners * presses),
        "each_press": {"bus messages": told / presses, "log rows": rows[0] / presses, "ledger rows": rows[1] / presses},
        "ledger_s": round(ledger, 3),
        "ledger_bound_s": 2,
        "how": "while the lesson is spoken; the ledger's time is that of the whole press, all its writes",
    }


def _rows(broadcast: Any) -> tuple[int, int]:
    """Of the lesson log from its host, and of the ledger."""
    return broadcast.events.filter(kind="post").count(), broadcast.deliveries.filter(event__kind="post").count()

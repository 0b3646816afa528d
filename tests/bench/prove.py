"""`make prove`: measure the promises of the product, each ending in one line of JSON."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "faults")]
import crowd
import fanout
import pages
import press
import prove_faults
import replay
import storm

KEPT = Path(__file__).resolve().parents[2] / "var/bench"
PROMISES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "P1": (
        "fan-out CPU per delivery, 2,000 and 4,000 listeners, beside a bare send, Node ws and group_send (about 3 min)",
        fanout.p1,
    ),
    "P2": ("10,000 listeners in 10,000 cohorts on one process and one core (about 1 min)", crowd.p2),
    "P3": ("1 cohort × 4,000 beside 4,000 cohorts × 1, in turns (about 3 min)", crowd.p3),
    "P4": ("one press to 10,000 cohorts: one row, one bus message, everybody has it (about 1 min)", press.p4),
    "P5": ("joins per second, and a storm of 10,000 within 5 s (about 1 min)", storm.p5),
    "P6": (
        "a voice from microphone to ear in a browser, before a few and before thousands; tap to sound (about 2 min)",
        partial(prove_faults.prove, "P6", servers=["redis"], folder="tests/browser"),
    ),
    "P7": ("from the end of an hour to its replay, and its renditions (about 4 min)", replay.p7),
    "P8": ("Lighthouse on home, course and lesson, what is painted when, and how much script (about 3 min)", pages.p8),
    "P11": ("two processes on two cores through Redis beside one, in turns (about 3 min)", crowd.p11),
    "S11": (
        "everything that can be opened, opened by four people without a right, and what was passed on to them (about 2 min)",
        partial(prove_faults.prove, "S11", folder="tests/outlets"),
    ),
    **prove_faults.PROMISES,
}


def main(wanted: list[str]) -> int:
    if not wanted:
        for name, (what, _) in PROMISES.items():
            print(f"{name}  {what}")
        print('make prove P="P1 P2" measures those named and keeps the lines in var/bench/;')
        print("tests/bench/plan.py makes of them what five million listeners need (docs/capacity.md).")
        return 0
    kept = [prove(name) for name in wanted]
    return 0 if all(kept) else 1


def prove(name: str) -> bool:
    """Measure one promise and say so in one line; what cannot be measured is not kept."""
    result: dict[str, Any] = {"promise": name, "kept": False, "why": "not measured by this command"}
    if name in PROMISES:
        try:
            result = PROMISES[name][1]()
        except Exception as error:
            traceback.print_exc()
            result["why"] = f"could not be measured: {error!r}"
    result["load"] = [round(part, 1) for part in os.getloadavg()[:2]]
    line = json.dumps(result, ensure_ascii=False)
    print(line, flush=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}.json").write_text(f"{line}\n")
    return bool(result["kept"])


if __name__ == "__main__":
    sys.exit(main(os.environ.get("P", "").replace(",", " ").split() + sys.argv[1:]))

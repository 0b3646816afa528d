"""`make prove`: measure the promises of the product, each ending in one line of JSON."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import fanout

PROMISES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "P1": (
        "fan-out CPU per delivery, 2,000 listeners, beside a bare send, Node ws and group_send (about 1 min)",
        fanout.p1,
    ),
}


def main(wanted: list[str]) -> int:
    if not wanted:
        for name, (what, _) in PROMISES.items():
            print(f"{name}  {what}")
        print('make prove P="P1" measures those named.')
        return 0
    kept = True
    for name in wanted:
        if name not in PROMISES:
            print(json.dumps({"promise": name, "kept": False, "why": "not measured yet"}))
            kept = False
            continue
        result = PROMISES[name][1]()
        print(json.dumps(result, ensure_ascii=False), flush=True)
        kept = kept and result["kept"]
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(os.environ.get("P", "").replace(",", " ").split() + sys.argv[1:]))

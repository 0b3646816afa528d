"""Open simulators on this machine: `PYTHONPATH=platform python -m payments.simulators wechat alipay --folder FOLDER`.

The settings with which a school reaches them are printed, `KEY=value` a line.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from payments.simulators.together import KNOWN, Taken, hold, open_all, wait


def main(words: Sequence[str] | None = None) -> None:
    told = _parser().parse_args(words)
    hold()
    try:
        with open_all(told.names, folder=told.folder, school=told.school) as settings:
            for name, value in settings.items():
                print(f"{name}={value.replace(chr(10), chr(92) + 'n')}", flush=True)  # noqa: T201
            if not told.environment:
                wait()
    except Taken as taken:
        sys.exit(f"✗ {taken}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m payments.simulators", description=__doc__)
    parser.add_argument("names", nargs="+", choices=list(KNOWN), metavar=",".join(KNOWN), help="which")
    parser.add_argument("--folder", type=Path, default=Path("var/simulators"), help="where keys and books are kept")
    parser.add_argument("--school", default="http://127.0.0.1:8000", help="whom Stripe's notices are for")
    parser.add_argument("--environment", action="store_true", help="print the settings and end")
    return parser


if __name__ == "__main__":
    main()

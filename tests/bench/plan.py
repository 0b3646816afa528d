"""From what one core does to what five million listeners need: processes, bus, bandwidth and price.

    make prove P="P2 P5 P11" && .venv/bin/python tests/bench/plan.py        reads what prove kept in var/bench/
    … prove.py P2 P5 P11 | .venv/bin/python tests/bench/plan.py -           reads its lines

Every number that is not measured is a constant with a name here. Prices are orders of magnitude: put your own in.
"""

import json
import sys
from dataclasses import dataclass
from math import ceil, exp
from pathlib import Path
from typing import Any

KEPT = Path(__file__).resolve().parents[2] / "var/bench"
NEEDED = ("P2", "P5", "P11")

COHORTS, EACH = 10_000, 500
LISTENERS = COHORTS * EACH
HOURS = 1  # how long the lesson is
FRAME = 0.48  # seconds of sound in one frame before a large audience
BUSY = 0.5  # of a core while somebody speaks; the other half is for storms, deploys and the machine next to it
ADMITTED = 12_000  # LIVE_LISTENERS: a process takes no more, whatever its core could
TLS = 1.0  # cores of proxy for each core of server: TLS and passing on
CORES_PER_MACHINE = 32
MEMORY_SPARE = 2.0  # kernel socket buffers and the interpreter, × what a connection takes in the process
OVERHEAD = 4 + 22 + 52 + 18  # bytes a frame: WebSocket, TLS record, TCP and IP with timestamps, Ethernet
HEARTBEAT, PRESENCE = 2.0, 16  # seconds between a process's presence messages; bytes for each cohort heard there
CORE_HOUR = 0.30  # CNY, a vCPU with its memory, list price by the hour
GIGABYTE = 0.80  # CNY, traffic to the internet, list price by volume
GIGABYTE_CDN = 0.15  # CNY, the same through a CDN by contract: live HLS instead of sockets
TICKETS_PER_SECOND = 20_000  # a PostgreSQL of its own writes in batches


@dataclass(frozen=True)
class Measured:
    """One process on one core."""

    cpu: float  # seconds a delivery, all that the process does counted in
    bytes_s: float  # of frames to one listener
    memory: float  # bytes a connection
    joins: float  # a second
    added: float  # what the second process added: 2.0 is all of it

    @classmethod
    def from_lines(cls, proved: dict[str, dict[str, Any]]) -> "Measured":
        p2, p5, p11 = (proved[name] for name in NEEDED)
        return cls(
            cpu=p2["cpu_us"] / 1e6,
            bytes_s=p2["bytes_s"],
            memory=p2["bytes_per_connection"],
            joins=p5["figure"],
            added=min(2.0, p11["figure"]),
        )


def plan(one: Measured) -> list[tuple[str, str]]:
    """What it takes, line by line."""
    frames = 1 / FRAME
    per_process = min(ADMITTED, round(BUSY * one.added / 2 / (one.cpu * frames)))
    processes = ceil(LISTENERS / per_process)
    cores = ceil(processes * (1 + TLS))
    memory = processes * per_process * one.memory * MEMORY_SPARE
    wire = one.bytes_s + OVERHEAD * frames
    traffic = wire * LISTENERS * 3600 * HOURS / 1e9
    present = COHORTS * (1 - exp(-per_process / COHORTS))  # cohorts of which a process holds somebody
    back = max(per_process / one.joins, LISTENERS / TICKETS_PER_SECOND)
    return [
        ("listeners", f"{LISTENERS:,} in {COHORTS:,} cohorts of {EACH}"),
        ("listeners a process", f"{per_process:,} ({BUSY:.0%} of a core while somebody speaks)"),
        ("processes", f"{processes:,}"),
        ("cores, with TLS", f"{cores:,} = {ceil(cores / CORES_PER_MACHINE)} machines of {CORES_PER_MACHINE}"),
        ("memory", f"{memory / 1e9:,.0f} GB, {memory / processes / 1e9:.1f} GB a process"),
        ("bus, sound", f"{one.bytes_s / 1e3:.1f} kB/s in, {one.bytes_s * processes / 1e6:.1f} MB/s out"),
        ("bus, presence", f"{present * PRESENCE * processes / HEARTBEAT / 1e6:.0f} MB/s to the one who speaks"),
        ("to each listener", f"{wire / 1e3:.2f} kB/s = {wire * 8 / 1e3:.0f} kbit/s"),
        ("to all", f"{wire * LISTENERS * 8 / 1e9:,.0f} Gbit/s, {traffic / 1e3:,.0f} TB an hour"),
        ("all cut off and back", f"{per_process / one.joins:.0f} s by the processes, {back:.0f} s by the database"),
        ("price of the cores", f"¥{cores * CORE_HOUR * HOURS:,.0f}"),
        ("price of the traffic", f"¥{traffic * GIGABYTE:,.0f} by list, ¥{traffic * GIGABYTE_CDN:,.0f} through a CDN"),
        ("a listener's hour", f"¥{(cores * CORE_HOUR + traffic * GIGABYTE) / LISTENERS:.4f} by list"),
    ]


def read(from_stdin: bool) -> dict[str, dict[str, Any]]:
    lines = sys.stdin.read().splitlines() if from_stdin else [path.read_text() for path in KEPT.glob("P*.json")]
    proved = [json.loads(line) for line in lines if line.startswith("{")]
    return {one["promise"]: one for one in proved}


def main() -> int:
    proved = read("-" in sys.argv[1:])
    missing = [name for name in NEEDED if "figure" not in proved.get(name, {})]
    if missing:
        print(f'Not measured yet: make prove P="{" ".join(missing)}"')
        return 1
    print("| | |\n|---|---|")
    for what, how_much in plan(Measured.from_lines(proved)):
        print(f"| {what} | {how_much} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

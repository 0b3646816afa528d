"""What every fan-out server of the bench does alike: wait for its listeners, send frames in step, count its own CPU."""

import asyncio
import json
import os
import resource
import struct
import time
from collections.abc import Awaitable, Callable

LISTENERS = int(os.environ.get("LISTENERS", "2000"))
SECONDS = float(os.environ.get("SECONDS", "8"))
FRAME_MS = 60
AUDIO_BYTES = 188


def payload(seq: int) -> bytes:
    """A frame of 188 bytes whose last packet carries when it was made, for the client to see how late it is."""
    head = struct.pack("!BBIIIB", 1, 0, 1, seq, seq * 24, 3) + struct.pack("!3H", 55, 55, 57)
    last = b"\x78" + struct.pack("!d", time.time())
    return (head + b"\x78" * 110 + last).ljust(AUDIO_BYTES, b"\x78")


def framed(data: bytes) -> bytes:
    return struct.pack("!BBH", 0x82, 126, len(data)) + data


async def feed(ready: Callable[[], int], send: Callable[[int], Awaitable[None]]) -> None:
    """Send for SECONDS once all listeners are there; print one line of JSON."""
    while ready() < LISTENERS:
        await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    cpu, wall, n = _cpu(), time.monotonic(), int(SECONDS * 1000 / FRAME_MS)
    for seq in range(1, n + 1):
        await send(seq)
        await asyncio.sleep(max(0, wall + seq * FRAME_MS / 1000 - time.monotonic()))
    used, took = _cpu() - cpu, time.monotonic() - wall
    deliveries = n * LISTENERS
    print(json.dumps({"cpu_us": used / deliveries * 1e6, "wall_s": took, "deliveries": deliveries}), flush=True)


def listening(port: int) -> None:
    print(json.dumps({"port": port}), flush=True)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime

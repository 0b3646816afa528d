"""Run a program on bytes we do not trust: own folder, own session, bare environment, hard limits."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LIMITED = Path(__file__).with_name("limited.py")
BEAT = 0.5  # seconds between two looks
TAIL = 2000  # characters of complaint worth keeping


@dataclass(frozen=True)
class Limits:
    """`wall` and `cpu` in seconds, `memory` (address space) and `size` (largest file written) in bytes."""

    wall: int
    cpu: int
    memory: int
    size: int


@dataclass(frozen=True)
class Outcome:
    """How it ended. `reason` is empty when well; `complaint` is the end of what it said on stderr."""

    reason: str
    complaint: str

    @property
    def is_well(self) -> bool:
        return not self.reason


def _nothing() -> None:
    pass


def run(*, command: list[str], folder: Path, limits: Limits, watch: Callable[[], None] = _nothing) -> Outcome:
    """Run to the end or to a limit; nothing of it is left alive afterwards. Never raises for what it did.

    `watch` is called now and then meanwhile; what it raises ends the job.
    """
    bounds = [str(limits.cpu), str(limits.memory), str(limits.size)]
    said = folder / ".stderr"
    with said.open("wb") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-I", str(LIMITED), *bounds, *command],
            cwd=folder,
            env={"HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8", "PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,
        )
        reason = _wait(process, limits.wall, watch)
    return Outcome(reason, _tail(said))


def is_confined() -> bool:
    """Whether what is run here finds no network and can write nowhere but in its folder: not every kernel and container
    lets it be so, and then only the other limits hold."""
    with tempfile.TemporaryDirectory(prefix="qunke-confined-") as name:
        folder = Path(name, "job")
        folder.mkdir()
        limits = Limits(wall=20, cpu=10, memory=1 << 30, size=1 << 20)
        said = run(
            command=["/bin/sh", "-c", "cat /proc/net/dev >&2; echo x > ../outside"], folder=folder, limits=limits
        )
        networks = {
            line.partition(":")[0].strip() for line in said.complaint.splitlines() if re.match(r" *\w+: +\d", line)
        }
        return networks == {"lo"} and not Path(name, "outside").exists()


def _wait(process: "subprocess.Popen[bytes]", wall: int, watch: Callable[[], None]) -> str:
    over = time.monotonic() + wall
    try:
        while (code := _ended(process, min(BEAT, over - time.monotonic()))) is None:
            if time.monotonic() >= over:
                return "timeout"
            watch()
    finally:
        _end(process)
    if code < 0:
        return signal.Signals(-code).name
    return f"exit {code}" if code else ""


def _ended(process: "subprocess.Popen[bytes]", seconds: float) -> int | None:
    try:
        return process.wait(timeout=max(0, seconds))
    except subprocess.TimeoutExpired:
        return None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Also what it may have started itself: they share its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tail(said: Path) -> str:
    with said.open("rb") as file:
        file.seek(max(0, said.stat().st_size - 4 * TAIL))
        return file.read().decode("utf-8", "replace").strip()[-TAIL:]

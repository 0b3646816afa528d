"""Run a program on bytes we do not trust: own folder, own session, bare environment, hard limits."""

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LIMITED = Path(__file__).with_name("limited.py")
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


def run(*, command: list[str], folder: Path, limits: Limits) -> Outcome:
    """Run to the end or to a limit; nothing of it is left alive afterwards. Never raises for what it did."""
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
        reason = _wait(process, limits.wall)
    return Outcome(reason, _tail(said))


def _wait(process: "subprocess.Popen[bytes]", wall: int) -> str:
    try:
        code = process.wait(timeout=wall)
    except subprocess.TimeoutExpired:
        return "timeout"
    finally:
        _end(process)
    if code < 0:
        return signal.Signals(-code).name
    return f"exit {code}" if code else ""


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Also what it may have started itself: they share its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tail(said: Path) -> str:
    with said.open("rb") as file:
        file.seek(max(0, said.stat().st_size - 4 * TAIL))
        return file.read().decode("utf-8", "replace").strip()[-TAIL:]

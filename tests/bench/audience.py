"""The listeners of a bench, from outside: one `ears.py` process on a core of its own, and what servers cost."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = CORES[0], CORES[-1]


class Audience:
    """Thousands of listeners who do as they are told: `with Audience([port]) as audience: audience.join(4000)`."""

    def __init__(self, ports: Iterable[int], *, tickets: Path | None = None) -> None:
        command = [sys.executable, str(HERE / "ears.py"), ",".join(map(str, ports)), *([tickets] if tickets else [])]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, preexec_fn=on(CLIENT_CORE)
        )

    def __enter__(self) -> "Audience":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def join(self, count: int, *, within: float = 0, patience: float = 240) -> dict[str, Any]:
        return self._ask(f"join {count} {within} {patience}")

    def report(self, *, after: float = 0) -> dict[str, Any]:
        time.sleep(after)
        return self._ask("report")

    def leave(self) -> dict[str, Any]:
        return self._ask("leave")

    def _ask(self, line: str) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n")
        return dict(json.loads(self.process.stdout.readline()))


def on(core: int) -> Any:
    """For `preexec_fn`: one core, and as many open files as this machine allows."""

    def settle() -> None:
        os.sched_setaffinity(0, {core})
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    return settle


def cpu(pid: int) -> float:
    """CPU seconds of all threads of another process, those that ended too, to the nanosecond."""
    return time.clock_gettime(~pid << 3 | 2)


def memory(pid: int) -> int:
    """Resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()

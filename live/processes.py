"""Several server processes on one port: kept alive, replaced one after another, asked to move before they stop."""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

PARENT_DEATH_SIGNAL = 1  # prctl(PR_SET_PDEATHSIG): on Linux even `kill -9` of the parent leaves no child behind
READY_WITHIN = 60.0  # seconds
DRAINED_WITHIN = 45.0
BREATH = 1.0  # seconds before a process that died is started again
LOOK_EVERY = 0.2


class Child:
    """One process, in a session of its own: ctrl-C reaches the parent alone, which ends its children in order."""

    def __init__(self, command: Sequence[str], *, tells_when_ready: bool = False) -> None:
        self.ready, told = os.pipe() if tells_when_ready else (-1, -1)
        passed = ["--ready-fd", str(told)] if tells_when_ready else []
        self.process = subprocess.Popen(
            [*command, *passed],
            start_new_session=True,
            preexec_fn=die_with_parent,
            pass_fds=[told] if tells_when_ready else [],
        )
        if tells_when_ready:
            os.close(told)

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def await_ready(self) -> bool:
        """Whether it said so in time."""
        readable, _, _ = select.select([self.ready], [], [], READY_WITHIN)
        is_ready = bool(readable and os.read(self.ready, 1))
        os.close(self.ready)
        return is_ready

    def stop(self, *, patience: float = DRAINED_WITHIN) -> None:
        if self.is_alive:
            self.process.send_signal(signal.SIGTERM)
        self.await_end(patience)

    def await_end(self, patience: float) -> None:
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Processes:
    """`count` children of one kind. SIGHUP replaces them one by one, SIGTERM and SIGINT end them all."""

    def __init__(self, command: Sequence[str], *, count: int, say: Callable[[str], None]) -> None:
        self.command = command
        self.count = count
        self.say = say
        self.children: list[Child] = []
        self.is_ending = self.is_replacing = False

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGHUP, self._replace)
        self.children = [Child(self.command, tells_when_ready=True) for _ in range(self.count)]
        for child in self.children:
            self._await(child)
        self.say(f"{self.count} processes serve this port. SIGHUP replaces them one by one.")
        while not self.is_ending:
            time.sleep(LOOK_EVERY)
            self._raise_the_dead()
            if self.is_replacing:
                self.is_replacing = False
                self._replace_all()
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGTERM)
        for child in self.children:
            child.await_end(DRAINED_WITHIN)

    def _start(self) -> Child:
        child = Child(self.command, tells_when_ready=True)
        self._await(child)
        return child

    def _await(self, child: Child) -> None:
        if not child.await_ready() and not self.is_ending:
            self.say(f"Process {child.process.pid} did not start.")

    def _raise_the_dead(self) -> None:
        for place, child in enumerate(self.children):
            if not child.is_alive and not self.is_ending:
                self.say(f"Process {child.process.pid} died ({child.process.returncode}); starting another.")
                time.sleep(BREATH)
                self.children[place] = self._start()

    def _replace_all(self) -> None:
        """A new process listens before the old one is asked to move its listeners."""
        for place, old in enumerate(self.children):
            if self.is_ending:
                return
            new = self._start()
            if not new.is_alive:
                self.say("The new process does not start; the old ones go on.")
                return
            self.children[place] = new
            old.stop()
        self.say("All processes are replaced.")

    def _end(self, *args: object) -> None:
        self.is_ending = True

    def _replace(self, *args: object) -> None:
        self.is_replacing = True


def die_with_parent() -> None:
    """For `preexec_fn`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)

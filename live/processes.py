"""The processes of one school, forked from one that has everything loaded: kept alive, replaced one after another, asked
to move before they stop."""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Never

from django.db import connections

PARENT_DEATH_SIGNAL = 1  # prctl(PR_SET_PDEATHSIG): on Linux even `kill -9` of the parent leaves no child behind
READY_WITHIN = 60.0  # seconds
DRAINED_WITHIN = 45.0
BREATH = 1.0  # seconds before a process that died young is started again
YOUNG = 2.0
LOOK_EVERY = 0.05
INHERITED = "QUNKE_CHILDREN"  # from one program to the next that this process becomes: the numbers of its children

Work = Callable[[Callable[[], None]], None]  # what a child does; it calls what it is given when it is ready


class Child:
    """One process, in a session of its own: ctrl-C reaches the parent alone, which ends its children in order."""

    def __init__(self, pid: int, ready: int = -1) -> None:
        self.pid = pid
        self.ready = ready
        self.began = time.monotonic()
        self.status: int | None = None

    @classmethod
    def fork(cls, work: Work) -> "Child":
        """Nothing that is open may be shared, so the database is let go of first."""
        connections.close_all()
        sys.stdout.flush()
        sys.stderr.flush()
        ready, told = os.pipe()
        parent, pid = os.getpid(), os.fork()
        if not pid:
            os.close(ready)
            _live(work, told, parent)
        os.close(told)
        return cls(pid, ready)

    @property
    def is_alive(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is None

    def await_ready(self) -> bool:
        """Whether it said so in time."""
        readable, _, _ = select.select([self.ready], [], [], READY_WITHIN)
        is_ready = bool(readable and os.read(self.ready, 1))
        os.close(self.ready)
        return is_ready

    def stop(self, *, patience: float = DRAINED_WITHIN) -> None:
        self.ask_to_stop()
        self.await_end(patience)

    def ask_to_stop(self) -> None:
        if self.is_alive:
            os.kill(self.pid, signal.SIGTERM)

    def await_end(self, patience: float) -> None:
        until = time.monotonic() + patience
        while self.is_alive and time.monotonic() < until:
            time.sleep(LOOK_EVERY)
        if self.is_alive:
            os.kill(self.pid, signal.SIGKILL)
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Processes:
    """A child for each of `works`. SIGTERM and SIGINT end them all.

    `again` is the command that would start this process; with it SIGHUP replaces the children one by one: it is first
    tried with `--trial`, then this process becomes it, and what loads anew takes over from the old children.
    """

    def __init__(self, works: Sequence[Work], *, say: Callable[[str], None], again: Sequence[str] = ()) -> None:
        self.works = works
        self.say = say
        self.again = again
        self.children: list[Child] = []
        self.trial: subprocess.Popen[bytes] | None = None
        self.is_ending = self.is_replacing = False

    def run(self, *, welcome: Callable[[], None]) -> None:
        """Until a signal ends it. `welcome` is called when every child is ready."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGHUP, self._replace if self.again else self._end)
        old = [Child(int(pid)) for pid in os.environ.pop(INHERITED, "").split()]
        for place, work in enumerate(self.works):
            self.children.append(self._start(work))
            if place < len(old) and not self.is_ending:
                old[place].stop()  # a new one listens before the old one is asked to move its listeners
        for rest in old:
            rest.stop()
        if old:
            self.say("All processes are replaced.")
        elif not self.is_ending:
            welcome()
        while not self.is_ending:
            time.sleep(LOOK_EVERY)
            self._raise_the_dead()
            self._replace_when_tried()
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.await_end(DRAINED_WITHIN)

    def _start(self, work: Work) -> Child:
        child = Child.fork(work)
        if not child.await_ready() and not self.is_ending:
            self.say(f"Process {child.pid} did not start.")
        return child

    def _raise_the_dead(self) -> None:
        for place, child in enumerate(self.children):
            if child.is_alive or self.is_ending:
                continue
            self.say(f"Process {child.pid} died ({child.status}); starting another.")
            if time.monotonic() - child.began < YOUNG:
                time.sleep(BREATH)
            self.children[place] = self._start(self.works[place])

    def _replace_when_tried(self) -> None:
        if self.is_replacing and self.trial is None:
            self.is_replacing = False
            self.trial = subprocess.Popen([*self.again, "--trial"], stdin=subprocess.DEVNULL)
        if self.trial is None or self.trial.poll() is None:
            return
        if self.trial.returncode:
            self.say("What is installed now does not start; the processes go on as they are.")
            self.trial = None
            return
        sys.stdout.flush()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # pressed twice it would kill what is only loading
        kept = " ".join(str(child.pid) for child in self.children)
        os.execve(self.again[0], [*self.again], {**os.environ, INHERITED: kept})  # noqa: S606

    def _end(self, *args: object) -> None:
        self.is_ending = True

    def _replace(self, *args: object) -> None:
        self.is_replacing = True


def _live(work: Work, told: int, parent: int) -> Never:
    status = 1
    try:
        os.setsid()
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if os.getppid() == parent:
            work(lambda: _tell(told))
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _tell(told: int) -> None:
    os.write(told, b"1")
    os.close(told)

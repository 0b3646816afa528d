"""Servers of a test's own, to be stopped and started: the others keep theirs."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from django.conf import settings

SCRIPTS = settings.BASE_DIR / "tests/servers"


class Redis:
    """`with Redis(folder) as redis:` one that nobody else uses."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def __enter__(self):
        self.url = self._script("start").strip().partition("=")[2]
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self.go_on()
        self._script("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self):
        return int((self.folder / "pid").read_text())

    def hang(self):
        """Connections stay open, nobody answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def start_again(self):
        self._script("start", REDIS_PORT=self.url.rpartition(":")[2].partition("/")[0])

    def _script(self, verb, **environment):
        command = ["bash", str(SCRIPTS / "redis.sh"), verb]
        setting = {**os.environ, "REDIS_DATA": str(self.folder), **environment}
        return subprocess.run(command, env=setting, check=True, stdout=subprocess.PIPE, text=True).stdout

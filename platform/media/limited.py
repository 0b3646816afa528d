"""Run one command under limits: `python -I limited.py CPU_SECONDS MEMORY_BYTES FILE_BYTES COMMAND…`.

Limits are set here, in a process of its own, because setting them between fork and exec is not safe in a
program with threads. Stands alone: it is run by path, without Django.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    seconds, memory, size = (int(text) for text in sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for ignored in (signal.SIGXFSZ, signal.SIGPIPE):  # Python ignores them, and exec would pass that on
        signal.signal(ignored, signal.SIG_DFL)
    if sys.platform == "linux":  # a worker that is killed takes its job along
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606 - there is to be no shell


if __name__ == "__main__":
    main()

"""Run one command under limits: `python -I limited.py CPU_SECONDS MEMORY_BYTES FILE_BYTES COMMAND…`.

Limits are set here, in a process of its own, because setting them between fork and exec is not safe in a
program with threads. Where the kernel allows it the command also finds no network and can write nowhere but in the
folder it is started in. Stands alone: it is run by path, without Django.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
NEW_USER, NEW_NETWORK, NEW_MOUNTS = 0x10000000, 0x40000000, 0x00020000
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE = 442, -100, 0x8000
READ_ONLY = 1
NICE = 5  # a lesson that is being spoken comes first


def main() -> None:
    seconds, memory, size = (int(text) for text in sys.argv[1:4])
    if sys.platform == "linux":
        confine(Path.cwd())
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a worker that is killed takes its job along
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for ignored in (signal.SIGXFSZ, signal.SIGPIPE):  # Python ignores them, and exec would pass that on
        signal.signal(ignored, signal.SIG_DFL)
    os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606 - there is to be no shell


def confine(folder: Path) -> None:
    """A network of its own with nothing in it, and a disk that can only be read, but for the folder. Kernels that do not
    let everybody do this (and containers without user namespaces) are left at the other limits."""
    libc, uid, gid = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
    if libc.unshare(NEW_USER | NEW_NETWORK | NEW_MOUNTS):
        if libc.unshare(NEW_USER | NEW_NETWORK):
            libc.unshare(NEW_NETWORK)  # root may without
        return
    with contextlib.suppress(OSError):  # it goes on being who it was
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    only_here(libc, os.fsencode(folder))


class MountAttributes(ctypes.Structure):
    """`struct mount_attr` of mount_setattr(2)."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def only_here(libc: ctypes.CDLL, folder: bytes) -> None:
    def change(path: bytes, flags: int, attributes: MountAttributes) -> None:
        libc.syscall(MOUNT_SETATTR, AT_FDCWD, path, flags, ctypes.byref(attributes), ctypes.sizeof(attributes))

    libc.mount(None, b"/", None, RECURSIVE | PRIVATE, None)
    if libc.mount(folder, folder, None, BIND, None) == 0:
        change(b"/", AT_RECURSIVE, MountAttributes(set=READ_ONLY))
        change(folder, 0, MountAttributes(clear=READ_ONLY))
        os.chdir(folder)  # where one already stands is the disk of before


if __name__ == "__main__":
    main()

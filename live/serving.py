"""What a serving process does, and what is loaded before there is one (docs/decisions/0010)."""

import gc
import socket
import sys
import threading
from collections.abc import Callable
from importlib import import_module

from django.core.management.base import CommandError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.urls import get_resolver

from live.services.uploading import keep_uploading

BACKLOG = 4096  # connections that wait to be accepted while a crowd comes in; the kernel's own limit holds too
LOADED_FIRST = ("twisted.internet.tcp", "twisted.internet.endpoints", "daphne.http_protocol", "daphne.ws_protocol")


def load() -> None:
    """Everything a server process needs, and nothing that runs: its forks have it at once, and share the memory."""
    from channels.routing import get_default_application

    BaseDatabaseWrapper.queries_limit = 100  # with DEBUG=1 every connection keeps 9,000 statements: megabytes an hour
    get_default_application()
    get_resolver().url_patterns  # noqa: B018
    for name in LOADED_FIRST:
        import_module(name)
    gc.collect()
    gc.freeze()


def serve(host: str, port: int, ready: Callable[[], None] | None = None, *, shared: bool = True) -> None:
    """Serve until told to stop. `shared`: other processes may listen on the same port."""
    from live.server import Server  # it installs the reactor, which no two processes may share

    # isort: split
    from channels.routing import get_default_application
    from daphne.endpoints import build_endpoint_description_strings

    settle_down()
    threading.Thread(target=keep_uploading, daemon=True).start()
    Server(
        application=get_default_application(),
        endpoints=[f"{end}:backlog={BACKLOG}" for end in build_endpoint_description_strings(host=host, port=port)],
        server_name="qunke",
        verbosity=1,
        application_close_timeout=10,
        shared=shared,
        ready_callable=ready,
    ).run()


def settle_down() -> None:
    """Thousands of sockets are a big heap that lives: walking it at every few hundred allocations costs a third of the
    time in which a crowd comes in (measured by `make prove P=P5`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 1000)
    sys.setswitchinterval(0.0005)  # a thread that computes takes the interpreter from the sound for no longer


def check_port(host: str, port: int) -> None:
    """Raises `CommandError` when it is taken or not ours to take."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = f"Port {port} on {host} cannot be used ({getattr(error, 'strerror', '') or error})."
            raise CommandError(f"{reason} Stop what uses it, or choose another: make run PORT=8001.") from error

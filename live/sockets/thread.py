"""The database beside the sound: every question of a socket is asked in a thread of its own."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar, cast

from channels.db import database_sync_to_async

P = ParamSpec("P")
R = TypeVar("R")


def in_thread(verb: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """The verb as a coroutine; its connection to the database is given back afterwards."""
    return cast(Callable[P, Awaitable[R]], database_sync_to_async(verb, thread_sensitive=False))

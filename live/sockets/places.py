"""Listeners whose membership is for so many places at a time: looked after every few seconds, all of a process at once."""

import asyncio
import logging
from collections.abc import Callable
from functools import cache

from membership.streams import Player, stopped

logger = logging.getLogger(__name__)
EVERY = 3.0  # seconds; the promise is 5


class Places:
    """One look into the cache per process and few seconds, while anybody listens who is counted."""

    task: asyncio.Task[None] | None = None

    def __init__(self) -> None:
        self.taken: dict[Callable[[str], None], Player] = {}

    def take(self, leave: Callable[[str], None], player: Player | None) -> None:
        """`leave` is told when that player is to stop."""
        if player is None:
            return
        self.taken[leave] = player
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._watch())

    def give_back(self, leave: Callable[[str], None]) -> None:
        self.taken.pop(leave, None)

    async def _watch(self) -> None:
        while self.taken:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except Exception as error:
                logger.warning("The places could not be counted (%s); looking again", error)

    async def look(self) -> None:
        taken = dict(self.taken)
        gone = await asyncio.to_thread(stopped, list(dict.fromkeys(taken.values())))  # the first to come first
        for leave, player in taken.items():
            if player in gone:
                leave("elsewhere")


@cache
def places() -> Places:
    """This process's."""
    return Places()

"""Shows out those whose right ended in another process: the worker, a command, a second server without a bus."""

import asyncio
import logging
from functools import cache

from django.utils import timezone

from live.engine.hub import hub
from live.services.listening import banned, whose_right_ended_since
from live.sockets.thread import in_thread

logger = logging.getLogger(__name__)
EVERY = 3.0  # seconds; the promise is 5


class Doorkeeper:
    """One query per process while anyone listens, however many do."""

    task: asyncio.Task[None] | None = None

    def watch(self) -> None:
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        since = timezone.now()
        while hub().rooms:
            await asyncio.sleep(EVERY)
            now = timezone.now()
            try:
                people = await in_thread(whose_right_ended_since)(since)
                people |= await in_thread(banned)() & self._present()
            except Exception as error:
                logger.warning("The database is away (%s); looking again", error)
                continue
            since = now
            for person in people:
                self._recheck(person)

    def _present(self) -> set[int]:
        return {person for room in hub().rooms.values() for person in room.controls.values() if person}

    def _recheck(self, person: int) -> None:
        for room in tuple(hub().rooms.values()):
            for control in tuple(room.controls):
                control({"kind": "recheck", "person": person})


@cache
def doorkeeper() -> Doorkeeper:
    """This process's."""
    return Doorkeeper()

"""Lets a crowd in: tickets that arrive while the database is busy are redeemed together."""

import asyncio
import logging
from collections.abc import Sequence
from functools import cache

from django.db import DatabaseError

from live.engine.hub import hub
from live.errors import BadTicket, Unavailable
from live.services.tickets import MOST_AT_ONCE, Visit, redeem_all, renew_tickets
from live.sockets.thread import in_thread

logger = logging.getLogger(__name__)
GATHER = 0.02  # seconds in which others may come along
RENEW_EVERY = 20.0  # seconds; a ticket lives 60

Waiting = tuple[str, str, "asyncio.Future[Visit]"]


class Turnstile:
    """One per process. However many come at once, the database is asked by one thread."""

    def __init__(self) -> None:
        self.waiting: list[Waiting] = []
        self.turning: asyncio.Task[None] | None = None
        self.renewing: asyncio.Task[None] | None = None
        self.inside = 0
        self.closed: list[int] = []

    async def enter(self, *, ticket: str, part: str) -> Visit:
        """The visit a ticket allows; raises `BadTicket`, or `Unavailable` while the database is away."""
        loop = asyncio.get_running_loop()
        admitted: asyncio.Future[Visit] = loop.create_future()
        self.waiting.append((ticket, part, admitted))
        if self.turning is None or self.turning.done():
            self.turning = loop.create_task(self._turn())
        visit = await admitted
        self.inside += 1
        if self.renewing is None or self.renewing.done():
            self.renewing = loop.create_task(self._renew())
        return visit

    def leave(self, visit: Visit) -> None:
        self.inside -= 1
        self.closed.append(visit.again_id)

    async def _turn(self) -> None:
        while self.waiting:
            await asyncio.sleep(GATHER)
            batch, self.waiting = self.waiting[:MOST_AT_ONCE], self.waiting[MOST_AT_ONCE:]
            asked = [(ticket, part) for ticket, part, _ in batch]
            visits: Sequence[Visit | Unavailable | None]
            try:
                visits = await in_thread(redeem_all)(asked=asked, keeper=hub().name)
            except DatabaseError as error:
                logger.warning("The database is away (%s); nobody comes in", error)
                visits = [Unavailable()] * len(batch)
            for (_, _, admitted), visit in zip(batch, visits, strict=True):
                _tell(admitted, visit)

    async def _renew(self) -> None:
        while self.inside:
            await asyncio.sleep(RENEW_EVERY)
            closed, self.closed = self.closed, []
            try:
                await in_thread(renew_tickets)(keeper=hub().name, closed=closed)
            except DatabaseError as error:
                logger.warning("The database is away (%s); tickets are renewed later", error)
                self.closed += closed


def _tell(admitted: "asyncio.Future[Visit]", visit: Visit | Unavailable | None) -> None:
    if admitted.done():
        return
    if isinstance(visit, Visit):
        admitted.set_result(visit)
    else:
        admitted.set_exception(visit or BadTicket())


@cache
def turnstile() -> Turnstile:
    """This process's."""
    return Turnstile()

"""Tells the relay ledger what this process wrote to its sockets and what its listeners heard: many at once, in a thread,
so that the ledger never keeps the sound waiting."""

import asyncio
import json
import logging
from collections.abc import Collection
from datetime import timedelta
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from django.db import DatabaseError
from django.utils import timezone

from live.engine import wire
from live.engine.outlet import Prepared
from live.engine.room import Room
from live.services.ledger import News, put_down
from live.services.notes import told_again
from live.sockets.thread import in_thread

logger = logging.getLogger(__name__)
PAUSE = 0.25  # seconds in which news gathers
OFFLINE_AFTER = 5.0  # seconds: by then every process has reported the cohorts it reached
UNREPORTED_AFTER = 10.0
PATIENCE = timedelta(seconds=30)  # for an entry that is not in the database yet
MOST_KNOWN = 100_000
LARGEST = 1 << 63  # no database has a larger key

Ear = tuple[int, int | None, int]


class Clerk:
    """One per process, for all its rooms."""

    def __init__(self) -> None:
        self.rooms: WeakSet[Room] = WeakSet()
        self.news: list[News] = []
        self.ears: set[Ear] = set()
        self.known: WeakKeyDictionary[Room, set[tuple[int | None, int]]] = WeakKeyDictionary()
        self.writing: asyncio.Task[None] | None = None
        self.asked: set[asyncio.Task[None]] = set()

    def attend(self, room: Room) -> None:
        """Follow a room from now on."""
        if room in self.rooms:
            return
        self.rooms.add(room)
        room.wrote.append(lambda frame, message: self._wrote(room, frame, message))
        room.controls[lambda message: self._asked(room, message)] = None

    def heard(self, room: Room, cohort: int, event: Any) -> None:
        """A listener heard the lesson (`event` is None), or saw an entry of its log; the first of each cohort counts."""
        known = self.known.setdefault(room, set())
        if not _could_be(event) or (event, cohort) in known:
            return
        if len(known) >= MOST_KNOWN:
            known.clear()
        known.add((event, cohort))
        self.ears.add((room.id, event, cohort))
        self._start()

    def _wrote(self, room: Room, frame: wire.Frame | None, message: Prepared) -> None:
        if frame is not None:
            if frame.event["kind"] == "start":
                self._follow(room, None, _reached(room))
            return
        told = json.loads(message.payload)
        if told.get("kind") == "post":
            self._follow(room, told["id"], _reached(room))

    def _asked(self, room: Room, message: dict[str, Any]) -> None:
        """The host wants an entry sent again to the cohorts it did not reach."""
        if message["kind"] == "again":
            task = asyncio.ensure_future(self._again(room, message["event"], set(message["cohorts"])))
            self.asked.add(task)
            task.add_done_callback(self.asked.discard)

    async def _again(self, room: Room, event: int, cohorts: set[int]) -> None:
        told = await in_thread(told_again)(event_id=event)
        message = Prepared(told, text=True)
        for listener in tuple(room.listeners):
            if listener.cohort in cohorts:
                listener.take(message, room.seq, room.seq)
        self._follow(room, event, _reached(room) & cohorts)

    def _follow(self, room: Room, event: int | None, reached: Collection[int]) -> None:
        """It was written; later, see what is left."""
        self._tell(News("delivered", room.id, event, reached, timezone.now()))
        loop = asyncio.get_running_loop()
        loop.call_later(OFFLINE_AFTER, lambda: self._settle("offline", room, event))
        loop.call_later(UNREPORTED_AFTER, lambda: self._settle("unreported", room, event))

    def _settle(self, what: Any, room: Room, event: int | None) -> None:
        online = {cohort for cohort, count in room.heard().items() if cohort and count}
        self._tell(News(what, room.id, event, online, timezone.now()))

    def _tell(self, news: News) -> None:
        self.news.append(news)
        self._start()

    def _start(self) -> None:
        if self.writing is None or self.writing.done():
            self.writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        while self.news or self.ears:
            await asyncio.sleep(PAUSE)
            news, self.news = [*self.news, *self._heard()], []
            try:
                early = await in_thread(put_down)(news)
            except DatabaseError as error:
                logger.warning("The database is away (%s); the ledger waits", error)
                early = news
            since = timezone.now() - PATIENCE
            self.news = [one for one in early if one.at > since] + self.news

    def _heard(self) -> list[News]:
        entries: dict[tuple[int, int | None], set[int]] = {}
        for room, event, cohort in self.ears:
            entries.setdefault((room, event), set()).add(cohort)
        self.ears.clear()
        now = timezone.now()
        return [News("heard", room, event, cohorts, now) for (room, event), cohorts in entries.items()]


def _could_be(event: Any) -> bool:
    """Anyone may send anything; a number that no entry has finds none."""
    return event is None or (type(event) is int and 0 < event < LARGEST)


def _reached(room: Room) -> set[int]:
    """Cohorts with a listener in this process who is not being skipped for being behind."""
    return {one.cohort for one in room.listeners if one.cohort and not one.behind_since}


@cache
def clerk() -> Clerk:
    """This process's."""
    return Clerk()

"""Where a lesson stands, asked of the database once per process and then followed by ear."""

import asyncio
from dataclasses import replace
from typing import Any, cast

from live.engine import wire
from live.engine.room import Room
from live.services.listening import Standing, standing
from live.services.presence import cohorts_hearing
from live.sockets.thread import in_thread


class Board:
    """One room's. A hole in the sound may have been an event: then the database is asked again."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.now: Standing | None = None
        self.asking = asyncio.Lock()
        self.told: dict[str, Any] | None = None
        self.cohorts: asyncio.Future[set[int]]
        room.learned.append(self._learn)

    async def read(self) -> Standing:
        async with self.asking:
            while self.now is None:
                self.missed = False
                now: Standing = await in_thread(standing)(broadcast_id=self.room.id)
                self.now = None if self.missed else now
        return self.now

    async def hearing(self, message: dict[str, Any]) -> set[int]:
        """The cohorts that hear the lesson live, asked once for everybody whom `message` makes look again."""
        if self.told is not message:
            self.told = message
            self.cohorts = asyncio.ensure_future(in_thread(cohorts_hearing)(broadcast_id=self.room.id))
        return await asyncio.shield(self.cohorts)

    def ended(self) -> None:
        if self.now:
            self.now = replace(self.now, state="ended")

    def _learn(self, frame: wire.Frame | None) -> None:
        self.missed = True
        if self.now is None or frame is None:
            self.now = None
            return
        event = frame.event
        match event["kind"]:
            case "start":
                self.now = replace(self.now, state="live")
            case "slide":
                self.now = replace(self.now, slide=event["slide"])
            case "clip_start":
                self.now = replace(self.now, clip=event["clip"])
            case "clip_end":
                self.now = replace(self.now, clip=None)
            case "end":
                self.ended()


def board(room: Room) -> Board:
    """The board of a room; it goes when the room goes."""
    room.board = room.board or Board(room)
    return cast(Board, room.board)

"""Chat and questions, downstream: an ordinary Channels consumer. What people write comes in over HTTP."""

import asyncio
from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from live.engine.hub import hub
from live.errors import DeviceReleased, NoAccess
from live.services.listening import why_leave
from live.services.talk import groups_of
from live.services.tickets import Visit
from live.sockets.doorkeeper import doorkeeper
from live.sockets.handshake import SERVICE_RESTART, admission, refuse, say
from live.sockets.thread import in_thread


class TalkConsumer(AsyncJsonWebsocketConsumer):
    """Joins the cohort's group, and the host's group when the ticket's holder hosts the lesson."""

    visit: Visit
    doing: asyncio.Future[None]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with admission(scope, receive, send, part="talk") as visit:
            if visit is None:
                return
            self.visit, self.groups, self.send_raw = visit, groups_of(visit), send
            await say(send, {"type": "hello", "again": visit.again})
            room = await hub().enter(visit.broadcast)
            room.controls[self._control] = visit.person
            doorkeeper().watch()
            waiting: list[dict[str, Any]] = [{"type": "websocket.connect"}]  # the real one is taken

            async def after_admission() -> dict[str, Any]:
                return waiting.pop() if waiting else await receive()

            try:
                await super().__call__(scope, after_admission, send)
            finally:
                room.controls.pop(self._control, None)
                await hub().leave(visit.broadcast)

    def _control(self, message: dict[str, Any]) -> None:
        mine = message.get("person") in {None, self.visit.person}
        if message["kind"] in DOINGS and mine:
            self.doing = asyncio.ensure_future(DOINGS[message["kind"]](self))

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        for group in self.groups:
            await self.channel_layer.group_add(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Nothing is taken here; writing goes over HTTP, where it can be refused with a sentence."""

    async def talk_message(self, event: dict[str, Any]) -> None:
        await self.send_json(event["message"])

    async def look_again(self) -> None:
        if why := await in_thread(why_leave)(visit=self.visit):
            await refuse(self.scope, self.send_raw, DeviceReleased() if why == "device" else NoAccess())

    async def show_out(self) -> None:
        await refuse(self.scope, self.send_raw, NoAccess())

    async def move(self) -> None:
        await self.send_raw({"type": "websocket.close", "code": SERVICE_RESTART})


DOINGS = {"recheck": TalkConsumer.look_again, "leave": TalkConsumer.show_out, "moved": TalkConsumer.move}

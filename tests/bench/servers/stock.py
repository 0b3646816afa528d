"""Stock Channels: a consumer in a group, `group_send` for every frame, unchanged Daphne."""

import asyncio
import os
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "platform"), str(Path(__file__).parent)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from daphne.server import Server  # isort: skip
import feed
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

there = set()
started: list[asyncio.Task[None]] = []


class Ear(AsyncWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add("lesson", self.channel_name)
        await self.accept()
        there.add(self.channel_name)
        if not started:
            started.append(asyncio.ensure_future(feed.feed(lambda: len(there), publish)))

    async def sound(self, event):
        await self.send(bytes_data=event["frame"])


async def publish(seq):
    await get_channel_layer().group_send("lesson", {"type": "sound", "frame": feed.payload(seq)})


def main():
    held = socket.create_server(("127.0.0.1", 0))
    port = held.getsockname()[1]
    held.close()
    server = Server(
        application=Ear.as_asgi(),
        endpoints=[f"tcp:port={port}:interface=127.0.0.1:backlog=4096"],
        verbosity=0,
    )
    server.ready_callable = lambda: feed.listening(port)
    server.run()


main()

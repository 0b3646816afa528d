"""The product's own path: Daphne with the extension, the hub, one prepared frame. Only the ticket is left out."""

import asyncio
import os
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "platform"), str(Path(__file__).parent)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from live.server import Server  # isort: skip  installs the asyncio reactor first
import feed

from live.engine.hub import hub
from live.engine.outlet import outlet
from live.engine.room import Listener

ROOM = 1 << 40  # no lesson has it, so no log of one is recalled
PER_COHORT = int(os.environ.get("PER_COHORT", "2000"))
started: list[asyncio.Task[None]] = []


async def application(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    room = await hub().enter(ROOM)
    if not started:
        started.append(asyncio.ensure_future(feed.feed(lambda: len(room.listeners), publish)))
    n = len(room.listeners)
    listener = Listener(outlet=outlet(scope, send), leave=None, person=n, cohort=n // PER_COHORT + 1)
    room.admit(listener)
    while (await receive())["type"] == "websocket.receive":
        pass
    room.listeners.pop(listener, None)


async def publish(seq):
    await hub().publish(ROOM, feed.payload(seq))


def main():
    held = socket.create_server(("127.0.0.1", 0))
    port = held.getsockname()[1]
    held.close()
    server = Server(
        application=application, endpoints=[f"tcp:port={port}:interface=127.0.0.1:backlog=4096"], verbosity=0
    )
    server.ready_callable = lambda: feed.listening(port)
    server.run()


main()

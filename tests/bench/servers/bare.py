"""The floor: after the handshake, one `send` per listener in a loop."""

import asyncio
import base64
import contextlib
import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import feed

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
sockets = []


async def greet(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    token = base64.b64encode(hashlib.sha1(key + GUID).digest())
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        + token
        + b"\r\n\r\n"
    )
    await writer.drain()
    sockets.append(writer.get_extra_info("socket")._sock)


async def publish(seq):
    frame = feed.framed(feed.payload(seq))
    for sock in sockets:
        with contextlib.suppress(BlockingIOError):
            sock.send(frame)


async def main():
    server = await asyncio.start_server(greet, "127.0.0.1", 0, backlog=4096)
    feed.listening(server.sockets[0].getsockname()[1])
    await feed.feed(lambda: len(sockets), publish)
    await server.serve_forever()


asyncio.run(main())

"""Thousands of WebSocket listeners in one light process: raw sockets and epoll, nothing decoded but the length."""

import json
import select
import socket
import struct
import sys
import time

HANDSHAKE = (
    b"GET /%s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
FRAME = 4 + 188
STAMP = 4 + 21


def main(port: int, count: int) -> None:
    """Connect `count` listeners, read until the server goes away, print what arrived and how late."""
    poll, ears = select.epoll(), {}
    for _ in range(count):
        ear = _connect(port)
        ears[ear.fileno()] = [ear, 0]
        poll.register(ear, select.EPOLLIN)
    received, late = _read(poll, ears)
    late.sort()
    at = lambda p: round(late[int((len(late) - 1) * p)], 2) if late else None  # noqa: E731
    print(json.dumps({"frames": received // FRAME, "late_ms": {"p50": at(0.5), "p99": at(0.99), "max": at(1)}}))


def _connect(port: int) -> socket.socket:
    ear = socket.create_connection(("127.0.0.1", port))
    ear.sendall(HANDSHAKE % b"")
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += ear.recv(1)
    ear.setblocking(False)
    return ear


def _read(poll: select.epoll, ears: dict[int, list]) -> tuple[int, list[float]]:
    received, late, last = 0, [], time.monotonic()
    while ears and time.monotonic() - last < 60:
        for number, _event in poll.poll(1):
            ear = ears[number][0]
            try:
                data = ear.recv(65536)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                poll.unregister(number)
                ears.pop(number)[0].close()
                continue
            last = time.monotonic()
            received += len(data)
            if number % 16 == 0 and len(data) == FRAME:
                late.append((time.time() - struct.unpack_from("!d", data, STAMP)[0]) * 1000)
    return received, late


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

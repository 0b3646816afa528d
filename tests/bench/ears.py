"""Thousands of WebSocket listeners in one light process: raw sockets and epoll, frames cut apart but not decoded.

`ears.py PORT[,PORT…] [FILE OF TICKETS]` obeys lines on stdin and answers each with one line of JSON:

    join COUNT SECONDS PATIENCE   connect so many within so many seconds (0: as fast as the server answers);
                                  answers when all are in, or after so many seconds
    report                        what was heard since the last report
    leave                         cut every connection without a word

Every frame is counted per listener, its `seq` checked, and its lateness taken from the time that the last packet of it
carries behind its first byte: from writing to reading. A text says in "press" when it was sent.
"""

import contextlib
import json
import os
import re
import resource
import select
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush, heapreplace
from itertools import cycle
from pathlib import Path
from random import random

HEADER = struct.Struct("!BBIIIB")  # as live.engine.wire
LENGTH, STAMP = struct.Struct("!H"), struct.Struct("!d")
AUDIO, SOUND, TEXT, PING, PONG = 1, 0x82, 0x81, 0x89, 0x8A
WHOLE = struct.Struct("!BBHBBIIIB")  # a frame of 126 bytes to 64 KiB, from the WebSocket's first byte on
REPORT_MS = 5000  # where the hello says nothing else
REPORT = b'{"type":"report","seq":1,"buffer_ms":640,"late_ms":12,"lost":0,"skipped":0,"hidden":false}'
NAP = 0.003  # seconds between two looks: who is woken by every frame spends its time, and the server's, on waking
AT_ONCE = 256  # handshakes under way while joining as fast as the server answers
HANDSHAKE = (
    "GET /ws/listen/{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n{protocols}\r\n"
)


class Ear:
    """One listener: its socket, and where it stands in the lesson."""

    __slots__ = ("began", "epoch", "frames", "inside", "port", "rest", "seq", "sock", "ticket", "upgraded")

    def __init__(self, sock: socket.socket, port: int, ticket: str, epoch: int, seq: int) -> None:
        self.sock, self.port, self.ticket, self.epoch, self.seq = sock, port, ticket, epoch, seq
        self.began = time.monotonic()
        self.rest = b""
        self.frames = 0
        self.upgraded = self.inside = False


class Tally:
    """What was heard since the last report."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.texts_late: list[float] = []
        self.frames = self.bytes = self.holes = self.repeats = self.skips = self.lost = 0


class Joining:
    """One wave of listeners coming in."""

    def __init__(self, count: int, seconds: float, patience: float) -> None:
        self.count, self.seconds, self.patience = count, seconds, patience
        self.began = time.monotonic()
        self.opened = self.refused = self.lost = self.resumed = 0
        self.waits: list[float] = []

    def due(self) -> int:
        """How many connections to open now."""
        if not self.seconds:
            under_way = self.opened - len(self.waits) - self.refused - self.lost
            return min(self.count - self.opened, AT_ONCE - under_way)
        gone = time.monotonic() - self.began
        return min(self.count, int(self.count * gone / self.seconds) + 1) - self.opened

    def over(self) -> bool:
        answered = len(self.waits) + self.refused + self.lost
        return answered >= self.count or time.monotonic() - self.began > self.patience

    def report(self) -> dict[str, object]:
        return {
            "asked": self.count,
            "inside": len(self.waits),
            "resumed": self.resumed,
            "refused": self.refused,
            "lost": self.lost,
            "seconds": round(time.monotonic() - self.began, 3),
            "wait_ms": spread(self.waits),
        }


class Ears:
    def __init__(self, ports: list[int], tickets: Iterator[str] | None) -> None:
        self.ports = cycle(ports)
        self.sources = cycle(f"127.0.0.{n}" for n in range(2, 34))  # each has ephemeral ports of its own
        self.tickets = tickets
        self.returning: deque[tuple[int, str, int, int]] = deque()
        self.poll = select.epoll()
        self.poll.register(0, select.EPOLLIN)
        self.ears: dict[int, Ear] = {}
        self.reporting: list[tuple[float, int, float, Ear]] = []  # a heap: when, whose number, how often
        self.tally = Tally()
        self.joining: Joining | None = None

    def run(self) -> None:
        self.running = True
        while self.running:
            for number, event in self.poll.poll(0.001 if self.joining else 0.02):
                if number == 0:
                    self.obey(os.read(0, 4096).decode())
                elif ear := self.ears.get(number):  # it may have left meanwhile
                    (self.ask if event & select.EPOLLOUT else self.hear)(ear)
            if self.joining:
                self.go_on_joining(self.joining)
            else:
                time.sleep(NAP)
            self.tell_how_it_goes()

    def tell_how_it_goes(self) -> None:
        """Every listener reports as often as its hello asked, as the page does."""
        now = time.monotonic()
        while self.reporting and self.reporting[0][0] < now:
            due, number, every, ear = self.reporting[0]
            if self.ears.get(number) is ear:
                heapreplace(self.reporting, (due + every, number, every, ear))
                say(ear, TEXT, REPORT)
            else:
                heappop(self.reporting)

    def obey(self, line: str) -> None:
        command, *numbers = line.split() or ["end"]
        if command == "join":
            count, seconds, patience = map(float, numbers)
            self.joining = Joining(int(count), seconds, patience)
        elif command == "report":
            self.answer(self.report())
        elif command == "leave":
            self.leave()
        else:
            self.running = False

    def go_on_joining(self, joining: Joining) -> None:
        for _ in range(joining.due()):
            self.open()
            joining.opened += 1
        if joining.over():
            self.joining = None
            self.answer(joining.report())

    def open(self) -> None:
        port, ticket, epoch, seq = self.returning.popleft() if self.returning else (next(self.ports), "", 0, 0)
        if self.tickets and not ticket:
            ticket = next(self.tickets)
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leaves no TIME_WAIT behind
        sock.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        sock.bind((next(self.sources), 0))
        sock.connect_ex(("127.0.0.1", port))
        self.ears[sock.fileno()] = Ear(sock, port, ticket, epoch, seq)
        self.poll.register(sock, select.EPOLLOUT)

    def ask(self, ear: Ear) -> None:
        query = f"?epoch={ear.epoch}&seq={ear.seq}" if ear.epoch else ""
        protocols = f"Sec-WebSocket-Protocol: qunke.1, ticket.{ear.ticket}\r\n" if ear.ticket else ""
        try:
            ear.sock.send(HANDSHAKE.format(query=query, port=ear.port, protocols=protocols).encode())
        except OSError:
            self.lose(ear)
        else:
            self.poll.modify(ear.sock, select.EPOLLIN)

    def hear(self, ear: Ear) -> None:
        try:
            data = ear.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.lose(ear)
            return
        now = time.time()
        if not ear.rest and self.one_in_step(ear, data, now):
            return
        data = ear.rest + data if ear.rest else data
        ear.rest = data[self.cut(ear, data, 0 if ear.upgraded else self.upgrade(ear, data), now) :]

    def one_in_step(self, ear: Ear, data: bytes, now: float) -> bool:
        """What nearly always comes, taken quickly: exactly one frame of sound, and the next one."""
        size = len(data)
        if size < WHOLE.size + 2:
            return False
        opcode, kind_of_length, length, kind, _flags, epoch, seq, _t, n = WHOLE.unpack_from(data)
        if opcode != SOUND or kind_of_length != 126 or length + 4 != size or kind != AUDIO or not n:
            return False
        if epoch != ear.epoch or seq != ear.seq + 1:
            return False
        ear.seq = seq
        ear.frames += 1
        tally = self.tally
        tally.frames += 1
        tally.bytes += length
        tally.late.append(now - STAMP.unpack_from(data, size - LENGTH.unpack_from(data, 15 + 2 * n)[0] + 1)[0])
        return True

    def upgrade(self, ear: Ear, data: bytes) -> int:
        """Where the frames begin, once the server has switched protocols."""
        end = data.find(b"\r\n\r\n")
        if end < 0 or b" 101 " not in data[:16]:
            return len(data) if end >= 0 else 0
        ear.upgraded = True
        if not self.tickets:
            self.welcome(ear)
        return end + 4

    def cut(self, ear: Ear, data: bytes, at: int, now: float) -> int:
        """Take every whole frame; answers where the first unfinished one begins."""
        size = len(data) if ear.upgraded else 0
        while size - at >= 4:
            body, length = at + 2, data[at + 1]
            if length == 126:
                body, length = at + 4, LENGTH.unpack_from(data, body)[0]
            elif length == 127:
                body, length = at + 10, int.from_bytes(data[body : body + 8], "big")
            end = body + length
            if end > size:
                break
            if data[at] == SOUND:
                self.sound(ear, data, body, end, now)
            else:
                self.other(ear, data[at], data[body:end], now)
            at = end
        return at

    def sound(self, ear: Ear, data: bytes, body: int, end: int, now: float) -> None:
        kind, _flags, epoch, seq, _t, n = HEADER.unpack_from(data, body)
        tally = self.tally
        tally.frames += 1
        tally.bytes += end - body
        ear.frames += 1
        if epoch != ear.epoch or seq != ear.seq + 1:
            self.out_of_step(ear, epoch, seq)
        ear.epoch, ear.seq = epoch, seq
        if kind == AUDIO and n:
            last = LENGTH.unpack_from(data, body + 13 + 2 * n)[0]
            tally.late.append(now - STAMP.unpack_from(data, end - last + 1)[0])

    def out_of_step(self, ear: Ear, epoch: int, seq: int) -> None:
        if epoch < ear.epoch or (epoch == ear.epoch and seq <= ear.seq):
            self.tally.repeats += 1
        elif epoch == ear.epoch or seq != 1:
            self.tally.holes += bool(ear.epoch)

    def other(self, ear: Ear, opcode: int, body: bytes, now: float) -> None:
        if opcode == TEXT:
            self.text(ear, body, now)
        elif opcode == PING:
            say(ear, PONG, body)

    def text(self, ear: Ear, body: bytes, now: float) -> None:
        if stamp := re.search(rb'"press": ?"([\d.]+)"', body):
            self.tally.texts_late.append(now - float(stamp[1]))
            return
        message = json.loads(body)
        if message["type"] == "hello":
            ear.ticket = message.get("again", "")
            if message["resumed"] and self.joining:
                self.joining.resumed += 1
            if not message["resumed"]:
                ear.epoch, ear.seq = message["epoch"], message["seq"]
            every = message.get("report_ms", REPORT_MS) / 1000
            heappush(self.reporting, (time.monotonic() + every * random(), ear.sock.fileno(), every, ear))
            self.welcome(ear)
        elif message["type"] == "skip":
            self.tally.skips += 1
            ear.seq = message["to"]
        elif message["type"] == "refused" and self.joining:
            self.joining.refused += 1
            ear.inside = True

    def welcome(self, ear: Ear) -> None:
        ear.inside = True
        if self.joining:
            self.joining.waits.append(time.monotonic() - ear.began)

    def lose(self, ear: Ear) -> None:
        if not ear.inside and self.joining:
            self.joining.lost += 1
        self.tally.lost += 1
        self.poll.unregister(ear.sock)
        del self.ears[ear.sock.fileno()]
        ear.sock.close()

    def leave(self) -> None:
        for ear in self.ears.values():
            self.returning.append((ear.port, ear.ticket, ear.epoch, ear.seq))
            ear.sock.close()
        self.answer({"left": len(self.ears)})
        self.ears.clear()

    def report(self) -> dict[str, object]:
        tally, self.tally = self.tally, Tally()
        each = [ear.frames for ear in self.ears.values()]
        for ear in self.ears.values():
            ear.frames = 0
        return {
            "listeners": len(each),
            "frames": tally.frames,
            "each": [min(each, default=0), max(each, default=0)],
            "bytes": tally.bytes,
            "texts": len(tally.texts_late),
            "holes": tally.holes,
            "repeats": tally.repeats,
            "skips": tally.skips,
            "lost": tally.lost,
            "late_ms": spread(tally.late),
            "texts_late_ms": spread(tally.texts_late),
            "cpu_s": round(time.process_time(), 2),
        }

    def answer(self, what: dict[str, object]) -> None:
        print(json.dumps(what), flush=True)


def say(ear: Ear, opcode: int, body: bytes) -> None:
    """One short frame, masked with zeros."""
    with contextlib.suppress(OSError):
        ear.sock.send(bytes((opcode, 0x80 | len(body), 0, 0, 0, 0)) + body)


def spread(seconds: list[float]) -> dict[str, float] | None:
    """Median, 99th percentile and worst, in milliseconds."""
    if not seconds:
        return None
    seconds.sort()
    return {
        name: round(seconds[int((len(seconds) - 1) * part)] * 1000, 2)
        for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1))
    }


def main(ports: str, tickets: str = "") -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    lines = iter(Path(tickets).read_text().split()) if tickets else None
    Ears([int(port) for port in ports.split(",")], lines).run()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The live wire format: small binary frames, the same bytes for everyone (docs/realtime.md)."""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from live.errors import Malformed, TooBig

HEADER = struct.Struct("!BBIIIB")  # type, flags, epoch, seq, t, n
AUDIO, EVENT = 1, 2
CLIP_START, CLIP_END, GAP = 1, 2, 4
UNITS_PER_SECOND = 400  # the media clock counts 2.5 ms, the shortest Opus frame
SAMPLES_PER_UNIT = 120  # at 48 kHz
MAX_SPOKEN = 4096  # bytes in one frame from a microphone
MAX_PACKET = 1275 * 3 + 7  # RFC 6716 §3.4, three 1275-byte frames of a 60 ms packet
Spans = Sequence[Sequence[int]]  # stretches of the media clock, from and to
MAX_PACKET_UNITS = 48  # 120 ms, RFC 6716 §3.2.5 rule R5


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. Audio carries `packets`; an event carries `body`, a UTF-8 JSON object."""

    type: int
    flags: int
    epoch: int
    seq: int
    t: int
    packets: tuple[bytes, ...] = ()
    body: bytes = b""

    @property
    def units(self) -> int:
        """How long the audio lasts, in 2.5 ms units."""
        return sum(map(packet_units, self.packets))

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    def numbered(self, *, epoch: int, seq: int, t: int) -> "Frame":
        return replace(self, epoch=epoch, seq=seq, t=t)


def pack(frame: Frame) -> bytes:
    """The bytes of a frame."""
    head = HEADER.pack(frame.type, frame.flags, frame.epoch, frame.seq, frame.t, len(frame.packets))
    lengths = struct.pack(f"!{len(frame.packets)}H", *map(len, frame.packets))
    return b"".join((head, lengths, *frame.packets, frame.body))


def unpack(data: bytes) -> Frame:
    """Read one frame; raises `Malformed` for anything that is not exactly one."""
    if len(data) < HEADER.size:
        raise Malformed
    kind, flags, epoch, seq, t, n = HEADER.unpack_from(data)
    if kind == EVENT and n == 0:
        return Frame(kind, flags, epoch, seq, t, body=data[HEADER.size :])
    if kind != AUDIO or flags & ~(CLIP_START | CLIP_END | GAP):
        raise Malformed
    return Frame(kind, flags, epoch, seq, t, packets=_packets(data, n))


def unpack_spoken(data: bytes) -> Frame:
    """Read a frame from a microphone: audio only, bounded, every packet a plausible Opus packet."""
    if len(data) > MAX_SPOKEN:
        raise TooBig
    frame = unpack(data)
    if frame.type != AUDIO or frame.flags & GAP or not (frame.packets or frame.flags & CLIP_END):
        raise Malformed
    for packet in frame.packets:
        if not packet or len(packet) > MAX_PACKET or packet_units(packet) > MAX_PACKET_UNITS:
            raise Malformed
    return frame


def _packets(data: bytes, n: int) -> tuple[bytes, ...]:
    start = HEADER.size + 2 * n
    if len(data) < start:
        raise Malformed
    lengths = struct.unpack_from(f"!{n}H", data, HEADER.size)
    if start + sum(lengths) != len(data):
        raise Malformed
    packets = []
    for length in lengths:
        packets.append(data[start : start + length])
        start += length
    return tuple(packets)


def event(*, kind: str, n: int, t: int, at: int, **payload: Any) -> Frame:
    """An event of the lesson log, to be numbered by the ingest. `at` is milliseconds since 1970."""
    body = json.dumps({"n": n, "kind": kind, "t": t, "at": at, **payload}, ensure_ascii=False, separators=(",", ":"))
    return Frame(EVENT, 0, 0, 0, t, body=body.encode())


def packet_units(packet: bytes) -> int:
    """The duration of one Opus packet in 2.5 ms units, from its first bytes (RFC 6716 §3.1–3.2)."""
    if not packet:
        raise Malformed
    toc = packet[0]
    if toc & 3 < 3:
        return UNITS[toc]
    if len(packet) < 2 or not packet[1] & 0x3F:
        raise Malformed
    return UNITS[toc & ~3] * (packet[1] & 0x3F)


def _units(toc: int) -> int:
    config, code = toc >> 3, toc & 3
    if config < 12:
        units = (4, 8, 16, 24)[config & 3]
    elif config < 16:
        units = (4, 8)[config & 1]
    else:
        units = (1, 2, 4, 8)[config & 3]
    return units * (1, 2, 2, 0)[code]


UNITS = tuple(map(_units, range(256)))  # by the first byte; a fourth code says the number of its frames in the second


def concealment(like: bytes, units: int) -> Sequence[bytes]:
    """Packets that say "nothing was received" for exactly `units`, in the mode of the packet `like`.

    A code 3 packet whose frames are all empty makes every decoder conceal, and keeps the timeline whole.
    """
    toc = like[0] | 3
    each = packet_units(bytes((toc, 1)))
    whole, rest = divmod(units, each)
    most = MAX_PACKET_UNITS // each
    made = [bytes((toc, min(most, whole - done))) for done in range(0, whole, most)]
    finest = 0xE3  # CELT full band, 2.5 ms: fills what the mode's own frames cannot
    return [*made, *([bytes((finest, rest))] if rest else [])]


def without(payload: bytes, spans: Spans) -> bytes:
    """The same frame, with concealment of the same length where its sound was taken back."""
    frame = unpack(payload)
    ends = frame.t + frame.units
    if not frame.packets or not any(frame.t < to and ends > since for since, to in spans):
        return payload
    packets, t = list[bytes](), frame.t
    for packet in frame.packets:
        units = packet_units(packet)
        is_gone = any(t < to and t + units > since for since, to in spans)
        packets += concealment(packet, units) if is_gone else [packet]
        t += units
    return pack(replace(frame, packets=tuple(packets)))


def websocket_frame(payload: bytes, *, text: bool = False) -> bytes:
    """One unmasked WebSocket message, binary or text, ready for the socket (RFC 6455 §5.2)."""
    size, head = len(payload), 0x81 if text else 0x82
    if size < 126:
        return bytes((head, size)) + payload
    if size < 65536:
        return struct.pack("!BBH", head, 126, size) + payload
    return struct.pack("!BBQ", head, 127, size) + payload

"""What was spoken so far, minute by minute, for those who come late or were away."""

import struct
import threading
from collections import defaultdict

from django.core.cache import cache

from live.engine import wire
from live.models import Broadcast
from live.services.edits import edits_of, silenced
from live.services.recording import frames_since

MINUTE = 60 * wire.UNITS_PER_SECOND
AN_HOUR, A_MOMENT = 3600, 2  # seconds a minute is remembered: a whole one, and the one being spoken
LENGTH = struct.Struct("!I")

reading = threading.Lock()  # a crowd that comes late reads the log once


def minute_of(*, broadcast: Broadcast, n: int) -> bytes:
    """The frames of the n-th minute of the media clock as the wire carries them, each after its length; without what
    was retracted. Empty when nothing of it was spoken yet."""
    edits = len(edits_of(broadcast))
    kept: bytes | None = cache.get(_key(broadcast, edits, n))
    if kept is None:
        with reading:
            kept = cache.get(_key(broadcast, edits, n))
            if kept is None:
                kept = _read(broadcast, edits, n).get(n, b"")
    return kept


def _read(broadcast: Broadcast, edits: int, n: int) -> dict[int, bytes]:
    """That minute and what came after it."""
    minutes = _minutes(broadcast, n)
    newest = max(minutes, default=n)
    whole = {_key(broadcast, edits, minute): data for minute, data in minutes.items() if minute < newest}
    cache.set_many(whole, AN_HOUR)
    cache.set(_key(broadcast, edits, newest), minutes.get(newest, b""), A_MOMENT)
    return minutes


def _minutes(broadcast: Broadcast, since: int) -> dict[int, bytes]:
    gone = silenced(broadcast)
    parts: dict[int, list[bytes]] = defaultdict(list)
    for frame in frames_since(broadcast.pk, since * MINUTE):
        minute = frame.t // MINUTE
        if minute < since or _is_gone(frame, gone):
            continue
        packed = wire.without(wire.pack(frame), gone)
        parts[minute] += LENGTH.pack(len(packed)), packed
    return {minute: b"".join(parts[minute]) for minute in parts}


def _is_gone(frame: wire.Frame, spans: wire.Spans) -> bool:
    return bool(frame.packets) and any(starts <= frame.t and frame.t + frame.units <= ends for starts, ends in spans)


def _key(broadcast: Broadcast, edits: int, n: int) -> str:
    began = broadcast.started_at.timestamp() if broadcast.started_at else 0
    return f"live-sofar-{broadcast.pk}-{began}-{edits}-{n}"

"""One microphone at a time: a lease on the row, and an epoch that fences every older holder."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from live.engine import journal, wire
from live.engine.ingest import Position, segment_name
from live.engine.journal import Record
from live.engine.journal import folder as folder
from live.engine.spool import Spool
from live.errors import AlreadyEnded, Halted, MicrophoneTaken, Unavailable
from live.models import Broadcast
from media.errors import StoreUnreachable
from media.store import store

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=8)
STORE_AWAY = gettext_lazy("学校的存储暂时连不上，前面讲的都在那里。连上就能接着讲，你说的话会留在这台电脑里。")
LEFT_BEHIND = 15.0  # seconds after which an object in the spool is nobody's


@transaction.atomic
def take_microphone(*, broadcast_id: int, holder: str, instead_of: str = "", after: int = 0) -> Broadcast:
    """The lesson in a new epoch, spoken by `holder`; raises `AlreadyEnded`, `Halted` or `MicrophoneTaken`.

    Someone who comes back takes over from her own lost connection, `instead_of`, before its lease has run out.
    `after` is the newest epoch that was heard here: a database that was restored from a copy may not know of it.
    """
    broadcast = Broadcast.objects.select_for_update().get(pk=broadcast_id)
    now = timezone.now()
    if broadcast.state == Broadcast.State.ENDED:
        raise AlreadyEnded
    if broadcast.halted_at:
        raise Halted
    is_free = broadcast.mic_holder in {"", instead_of} or not broadcast.mic_until or broadcast.mic_until <= now
    if not is_free:
        raise MicrophoneTaken
    broadcast.epoch = max(broadcast.epoch, after) + 1
    broadcast.mic_holder, broadcast.mic_until = holder, now + LEASE
    broadcast.save(update_fields=["epoch", "mic_holder", "mic_until"])
    return broadcast


def keep_microphone(*, broadcast_id: int, holder: str, t: int) -> bool:
    """Renew the lease; False when someone else holds the microphone now."""
    mine = Broadcast.objects.filter(pk=broadcast_id, mic_holder=holder)
    return bool(mine.update(mic_until=timezone.now() + LEASE, media_t=t))


def release_microphone(*, broadcast_id: int, holder: str, t: int) -> None:
    Broadcast.objects.filter(pk=broadcast_id, mic_holder=holder).update(mic_holder="", mic_until=None, media_t=t)


def segment_prefix(broadcast_id: int) -> str:
    """Where the store keeps its ten-second objects."""
    return f"live/{broadcast_id}/"


def position(broadcast: Broadcast) -> Position:
    """Where the lesson stands, from its log on this machine, or from what the database knows."""
    at = Position()
    last = broadcast.events.exclude(n=None).order_by("n").last()
    if last:
        at.events, at.started = last.n or 0, True
        at.clip = broadcast.clips.count()
    try:
        for record in written_down(broadcast.pk):
            at.follow(record)
    except StoreUnreachable:
        if at.t < broadcast.media_t:  # this machine's log does not reach as far as the lesson
            raise Unavailable(str(STORE_AWAY)) from None
    at.t = at.t or broadcast.media_t
    return at


def spool(broadcast_id: int) -> Spool:
    """What waits on this machine for the store."""
    prefix = segment_prefix(broadcast_id)
    return Spool(
        folder(broadcast_id) / "spool",
        lambda name, data: store().put_bytes(key=f"{prefix}{name}", data=data, mime="application/octet-stream"),
    )


def written_down(broadcast_id: int) -> Iterator[Record]:
    """Every record of a lesson in order of epoch and seq: this machine's log, and what only the store has."""
    newest = (0, 0)
    for record in journal.read(folder(broadcast_id)):
        frame = wire.unpack(record.payload)
        newest = max(newest, (frame.epoch, frame.seq))
        yield record
    for epoch, last, key in _stored(broadcast_id):
        if (epoch, last) > newest:
            yield from journal.decode(store().read(key=key))


def spool_what_is_missing(broadcast_id: int) -> None:
    """After a crash: what this machine wrote down and neither the store nor the spool has."""
    waiting = spool(broadcast_id)
    have: dict[int, int] = {}
    for epoch, last, _ in [*_stored(broadcast_id), *(_place(path.name) for path in waiting.waiting())]:
        have[epoch] = max(have.get(epoch, 0), last)
    missing: dict[int, list[tuple[int, Record]]] = {}
    for record in journal.read(folder(broadcast_id)):
        frame = wire.unpack(record.payload)
        if frame.seq > have.get(frame.epoch, 0):
            missing.setdefault(frame.epoch, []).append((frame.seq, record))
    for epoch, records in missing.items():
        source = max(record.source for _, record in records)
        name = segment_name(epoch, records[0][0], records[-1][0], source)
        waiting.add(name, b"".join(journal.encode(record) for _, record in records))


def keep_uploading() -> None:
    """Blocking, for ever: what an earlier process left in a spool finds its way to the store."""
    while True:
        time.sleep(LEFT_BEHIND)
        for path in Path(settings.LIVE_ROOT).glob("*/spool"):
            left = spool(int(path.parent.name))
            try:
                if any(time.time() - waiting.stat().st_mtime > LEFT_BEHIND for waiting in left.waiting()):
                    left.upload()
            except Exception as error:
                logger.warning("The store is away (%s); the recording waits on disk", error)


def _stored(broadcast_id: int) -> list[tuple[int, int, str]]:
    """Epoch, last seq and key of every object of a lesson in the store, in order."""
    return sorted(_place(key) for key in store().keys(prefix=segment_prefix(broadcast_id)) if key.endswith(".qk"))


def _place(key: str) -> tuple[int, int, str]:
    epoch, _, last, *_ = key.rsplit("/", 1)[-1].removesuffix(".qk").split("-")
    return int(epoch), int(last), key

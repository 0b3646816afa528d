"""What this machine wrote down finds its way to the store, through a crash and a store that is away."""

import logging
import time
from pathlib import Path

from django.conf import settings

from live.engine import journal, wire
from live.engine.journal import Record, folder
from live.engine.spool import Contents, Spool
from live.services.recording import keys_of, segment_prefix
from media.store import store

logger = logging.getLogger(__name__)
LEFT_BEHIND = 15.0  # seconds after which an object in the spool is nobody's


def spool(broadcast_id: int) -> Spool:
    """What waits on this machine for the store."""
    prefix = segment_prefix(broadcast_id)
    return Spool(
        folder(broadcast_id) / "spool",
        lambda name, data: store().put_bytes(key=f"{prefix}{name}", data=data, mime="application/octet-stream"),
    )


def spool_what_is_missing(broadcast_id: int) -> None:
    """After a crash: what this machine wrote down and neither the store nor the spool has."""
    waiting = spool(broadcast_id)
    have: dict[int, int] = {}
    for name in [*keys_of(broadcast_id), *(path.name for path in waiting.waiting())]:
        held = Contents.of(name)
        have[held.epoch] = max(have.get(held.epoch, 0), held.last)
    missing: dict[int, list[tuple[int, Record]]] = {}
    for record in journal.read(folder(broadcast_id)):
        frame = wire.unpack(record.payload)
        if frame.seq > have.get(frame.epoch, 0):
            missing.setdefault(frame.epoch, []).append((frame.seq, record))
    for epoch, records in missing.items():
        source = max(record.source for _, record in records)
        made = Contents(epoch, records[0][0], records[-1][0], source)
        waiting.add(made.name, b"".join(journal.encode(record) for _, record in records))


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

"""One microphone at a time: a lease on the row, and an epoch that fences every older holder."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from live.engine import journal
from live.engine.ingest import Position
from live.errors import AlreadyEnded, MicrophoneTaken
from live.models import Broadcast

LEASE = timedelta(seconds=8)


@transaction.atomic
def take_microphone(*, broadcast_id: int, holder: str) -> Broadcast:
    """The lesson in a new epoch, spoken by `holder`; raises `AlreadyEnded` or `MicrophoneTaken`."""
    broadcast = Broadcast.objects.select_for_update().get(pk=broadcast_id)
    now = timezone.now()
    if broadcast.state == Broadcast.State.ENDED:
        raise AlreadyEnded
    if broadcast.mic_holder and broadcast.mic_until and broadcast.mic_until > now:
        raise MicrophoneTaken
    broadcast.epoch += 1
    broadcast.mic_holder, broadcast.mic_until = holder, now + LEASE
    broadcast.save(update_fields=["epoch", "mic_holder", "mic_until"])
    return broadcast


def keep_microphone(*, broadcast_id: int, holder: str, t: int) -> bool:
    """Renew the lease; False when someone else holds the microphone now."""
    mine = Broadcast.objects.filter(pk=broadcast_id, mic_holder=holder)
    return bool(mine.update(mic_until=timezone.now() + LEASE, media_t=t))


def release_microphone(*, broadcast_id: int, holder: str, t: int) -> None:
    Broadcast.objects.filter(pk=broadcast_id, mic_holder=holder).update(mic_holder="", mic_until=None, media_t=t)


def folder(broadcast_id: int) -> Path:
    """Where this machine keeps the write-ahead logs of a lesson."""
    return Path(settings.LIVE_ROOT) / str(broadcast_id)


def segment_prefix(broadcast_id: int) -> str:
    """Where the store keeps its ten-second objects."""
    return f"live/{broadcast_id}/"


def position(broadcast: Broadcast) -> Position:
    """Where the lesson stands, from its log on this machine, or from what the database knows."""
    at = Position(t=broadcast.media_t)
    last = broadcast.events.exclude(n=None).order_by("n").last()
    if last:
        at.events, at.started = last.n or 0, True
        at.clip = broadcast.clips.count()
    for record in journal.read(folder(broadcast.pk)):
        at.follow(record)
    return at

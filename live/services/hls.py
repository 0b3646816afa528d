"""The lesson for players that cannot hold a socket: a phone with its screen off, and whoever finds the room full."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone

from live.engine import aac
from live.models import Broadcast, HlsSegment
from live.services.edits import silenced
from media.store import store

MIME = "audio/aac"
TARGET = 6  # seconds; no segment is longer
LAST_WORDS = timedelta(seconds=20)
END = 0  # samples of the row that ends the playlist


@dataclass
class Segment:
    """Frames on their way into a file."""

    starts_t: int
    frames: list[bytes] = field(default_factory=list)
    ends_t: int = 0
    is_fresh: bool = False


def publish(broadcast_id: int, epoch: int, made: Segment) -> None:
    """The bytes into the store, then the row that makes them part of the playlist."""
    key = f"hls/{broadcast_id}/{epoch:06d}-{secrets.token_hex(12)}.aac"
    rows = HlsSegment.objects.filter(broadcast=broadcast_id)
    at = rows.aggregate(total=Sum("samples"))["total"] or 0
    store().put_bytes(key=key, data=aac.segment(made.frames, at=at), mime=MIME)
    with transaction.atomic():
        broadcast = Broadcast.objects.select_for_update().get(pk=broadcast_id)
        spans = silenced(broadcast)
        is_gone = any(made.starts_t < ends and made.ends_t > starts for starts, ends in spans)
        if broadcast.epoch == epoch:  # else another microphone speaks
            HlsSegment.objects.create(
                broadcast=broadcast,
                n=(rows.aggregate(last=Max("n"))["last"] or 0) + 1,
                epoch=epoch,
                key="" if is_gone else key,
                samples=len(made.frames) * aac.FRAME,
                starts_t=made.starts_t,
                ends_t=made.ends_t,
                is_fresh=made.is_fresh,
                is_gone=is_gone,
            )
    if is_gone or broadcast.epoch != epoch:
        store().delete(key=key)


@transaction.atomic
def end(broadcast_id: int, epoch: int) -> None:
    broadcast = Broadcast.objects.select_for_update().get(pk=broadcast_id)
    last = broadcast.hls.last()
    if last and last.samples != END:
        HlsSegment.objects.create(
            broadcast=broadcast, n=last.n + 1, epoch=epoch, samples=END, starts_t=last.ends_t, ends_t=last.ends_t
        )


def playlist(*, broadcast: Broadcast) -> str:
    """Everything so far: a player may begin at the beginning, or near the end as they do by themselves."""
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:8",
        f"#EXT-X-TARGETDURATION:{TARGET}",
        "#EXT-X-PLAYLIST-TYPE:EVENT",
        "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    segments = list(broadcast.hls.all())
    for segment in segments:
        lines += _lines(segment)
    if segments and segments[-1].samples != END and _is_long_over(broadcast):
        lines.append("#EXT-X-ENDLIST")
    return "\n".join([*lines, ""])


def _lines(segment: HlsSegment) -> Iterable[str]:
    if segment.samples == END:
        yield "#EXT-X-ENDLIST"
        return
    if segment.is_fresh and segment.n > 1:
        yield "#EXT-X-DISCONTINUITY"
    if segment.is_gone:
        yield "#EXT-X-GAP"
    yield f"#EXTINF:{segment.samples / aac.RATE:.5f},"
    yield f"{segment.n}.aac"


def _is_long_over(broadcast: Broadcast) -> bool:
    """Nobody marked the end: the microphone's process was killed."""
    patience = LAST_WORDS + timedelta(seconds=broadcast.hold_back)
    return broadcast.ended_at is not None and timezone.now() - broadcast.ended_at > patience


def forget(*, broadcast: Broadcast) -> None:
    """The replay has everything: the segments go."""
    for key in store().keys(prefix=f"hls/{broadcast.pk}/"):
        store().delete(key=key)
    broadcast.hls.all().delete()

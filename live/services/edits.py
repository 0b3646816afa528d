"""What the lesson log says was done to its clips, and what is therefore heard."""

import logging

from django.db import connection

from live.engine.montage import Montage, Take
from live.models import Broadcast, Clip, Event

logger = logging.getLogger(__name__)
Kind = Event.Kind
EDITS = (Kind.RETRACT, Kind.RESTORE, Kind.REPLACE, Kind.TRIM)


def takes_of(broadcast: Broadcast) -> dict[int, Take]:
    """Every clip with what the log says was done to it."""
    takes = {clip.n: _take(clip, broadcast.media_t) for clip in broadcast.clips.all()}
    for edit in edits_of(broadcast):
        if take := takes.get(edit.payload["clip"]):
            _apply(takes, take, edit)
    return takes


def edits_of(broadcast: Broadcast) -> list[Event]:
    return list(broadcast.events.filter(kind__in=EDITS).order_by("id"))


def montage_of(broadcast: Broadcast) -> Montage:
    """The lesson as it is heard now."""
    return Montage(takes_of(broadcast).values(), broadcast.media_t)


def silenced(broadcast: Broadcast) -> list[tuple[int, int]]:
    """Stretches of the live clock that nobody may hear any more where they were spoken."""
    spans = []
    for take in takes_of(broadcast).values():
        if take.is_gone or take.new is not None:
            spans.append((take.starts, take.ends))
        elif take.keeps:
            spans += [(take.starts, take.keeps[0]), (take.keeps[1], take.ends)]
    return [(starts, ends) for starts, ends in spans if ends > starts]


def gone_from(broadcast_id: int) -> list[tuple[int, int]]:
    """The same for a process that has just begun to listen, in a thread of its own; nothing while the database is away."""
    try:
        return silenced(Broadcast.objects.get(pk=broadcast_id))
    except Exception as error:
        logger.warning("What was taken back of lesson %s is not known: %s", broadcast_id, error)
        return []
    finally:
        connection.close()


def _take(clip: Clip, end: int) -> Take:
    ends = max(end, clip.starts_t) if clip.ends_t is None else clip.ends_t
    return Take(clip.n, clip.starts_t, ends, is_open=clip.ends_t is None)


def _apply(takes: dict[int, Take], take: Take, edit: Event) -> None:
    if edit.kind == Kind.RETRACT:
        take.is_gone = True
    elif edit.kind == Kind.TRIM:
        kept = take.starts + edit.payload["starts"], take.starts + edit.payload["ends"]
        take.keeps = None if kept == (take.starts, take.ends) else kept
    elif edit.kind == Kind.REPLACE and (new := takes.get(edit.payload["new"])):
        take.new, new.old = new.n, take.n
    elif edit.kind == Kind.RESTORE:
        if take.new is not None:
            takes[take.new].old = None
        take.is_gone, take.new = False, None

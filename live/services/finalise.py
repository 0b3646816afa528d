"""From the log of a lesson to its replay. Repeating it is harmless; what is missing becomes silence, never a jump."""

import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from courses.models import Lesson
from live.engine import ogg, wire
from live.engine.montage import Montage, Sound
from live.models import Broadcast, Clip, Event
from live.services.broadcasts import record_event
from live.services.clips import erase, erase_withdrawn
from live.services.edits import edits_of, takes_of
from live.services.recording import frames_of, laid
from live.services.talk import announce_state
from media.models import Asset
from media.services import keep, request_renditions

SETTLED = timedelta(seconds=60)


def finalise_broadcast(*, broadcast: Broadcast) -> Broadcast:
    """Make the replay of an ended lesson: events as rows, sound as one Ogg Opus asset, renditions ordered."""
    frames = list(frames_of(broadcast.pk))
    events = [frame.event for frame in frames if frame.type == wire.EVENT]
    sound = list(laid(frame for frame in frames if frame.type == wire.AUDIO))
    end = _end_of(sound)
    _settle_events(broadcast, events)
    _settle_clips(broadcast, events, end)
    erase_withdrawn(broadcast=broadcast)
    edit = _last_edit(broadcast)
    montage = Montage(takes_of(broadcast).values(), end)
    wanted = montage.length and broadcast.lesson.audio is None
    _publish(broadcast, _make_asset(broadcast, montage.packets(sound)) if wanted else None, end, edit)
    broadcast = Broadcast.objects.select_related("lesson__course__instructor", "lesson__audio").get(pk=broadcast.pk)
    announce_state(broadcast)
    return broadcast


def _settle_events(broadcast: Broadcast, events: list[dict[str, Any]]) -> None:
    """The rows say what the log says, whoever wrote them down first."""
    rows = {row.n: row for row in broadcast.events.exclude(n=None)}
    for event in events:
        row = rows.get(event["n"])
        if row and (row.kind, row.t) != (event["kind"], event["t"]):
            row.delete()
            row = None
        if row is None:
            record_event(broadcast_id=broadcast.pk, event=event)


def _settle_clips(broadcast: Broadcast, events: list[dict[str, Any]], end: int) -> None:
    """Where every clip begins and ends; one that was never let go of ends where the next begins."""
    begun = {event["clip"]: event["t"] for event in events if event["kind"] == Event.Kind.CLIP_START}
    ended = {event["clip"]: event["t"] for event in events if event["kind"] == Event.Kind.CLIP_END}
    following = end
    for clip in broadcast.clips.order_by("-n"):
        starts = begun.get(clip.n, clip.starts_t)
        ends = ended.get(clip.n, following if clip.ends_t is None else clip.ends_t)
        if (clip.starts_t, clip.ends_t) != (starts, ends):
            Clip.objects.filter(pk=clip.pk).update(starts_t=starts, ends_t=ends)
        following = starts


def _make_asset(broadcast: Broadcast, packets: Iterable[bytes]) -> Asset:
    lesson = broadcast.lesson
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "replay.ogg"
        samples = ogg.write(packets=packets, path=path)
        return keep(
            data=path,
            title=lesson.title,
            kind="audio",
            mime="audio/ogg",
            guard="lesson",
            guarded_id=str(lesson.pk),
            by=lesson.course.instructor,
            duration_ms=samples // 48,
        )


def _publish(broadcast: Broadcast, asset: Asset | None, end: int, edit: int) -> None:
    """One replay, however many of us made one at the same time; none that a later edit has overtaken."""
    with transaction.atomic():
        now = Broadcast.objects.select_for_update().get(pk=broadcast.pk)
        lesson = Lesson.objects.select_for_update().get(pk=broadcast.lesson_id)
        overtaken = _last_edit(now) != edit
        surplus = asset if overtaken or lesson.audio_id else None
        if asset and not surplus:
            lesson.audio = now.replay = asset
            lesson.save(update_fields=["audio"])
            _order_forms(now, asset, edit)
        if not overtaken:
            now.finalised_at, now.media_t, now.replay_edit = timezone.now(), end, edit
            now.save(update_fields=["finalised_at", "media_t", "replay", "replay_edit"])
    if surplus:
        erase(asset=surplus)


def _order_forms(broadcast: Broadcast, asset: Asset, edit: int) -> None:
    """At once for a lesson that just ended. Who changes one clip often changes another: then they wait, and nobody waits
    for them."""
    from live.tasks import render_if_settled

    if edit:
        transaction.on_commit(
            lambda: render_if_settled.using(run_after=timezone.now() + SETTLED).enqueue(broadcast.pk, edit)
        )
    else:
        request_renditions(asset=asset)


def _last_edit(broadcast: Broadcast) -> int:
    return max((edit.pk for edit in edits_of(broadcast)), default=0)


def _end_of(sound: Sound) -> int:
    return sound[-1][0] + wire.packet_units(sound[-1][1]) if sound else 0

"""From the log of a lesson to its replay. Repeating it is harmless; what is missing becomes silence, never a jump."""

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from courses.models import Lesson
from live.engine import journal, ogg, wire
from live.engine.journal import folder
from live.engine.montage import Montage, Piece, Sound, cut
from live.models import Broadcast, Clip, Event
from live.services.broadcasts import record_event
from live.services.clips import edits_of, erase, erase_withdrawn, takes_of
from live.services.microphone import segment_prefix
from live.services.talk import announce_state
from media.models import Asset
from media.services import keep, request_renditions
from media.store import store

READERS = 16  # objects fetched from the store at once
FOREVER = 1 << 40
SETTLED = timedelta(seconds=60)
Payloads = dict[int, dict[int, bytes]]  # epoch → seq → frame


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


def sound_between(broadcast_id: int, starts: int, ends: int) -> Iterator[bytes]:
    """What was spoken from one moment of the media clock to another."""
    frames = (frame for frame in frames_of(broadcast_id) if frame.type == wire.AUDIO)
    return cut(Piece(0, starts, ends), list(laid(frames)))


def frames_of(broadcast_id: int) -> Iterator[wire.Frame]:
    """Every frame that was written down and stands, once, in order: this machine's log and the store's objects
    together. Where a later connection took over, what an earlier one still wrote is not part of the lesson."""
    found = _found(broadcast_id)
    epochs: list[list[wire.Frame]] = []
    t = n = FOREVER
    for epoch in sorted(found, reverse=True):
        frames = [wire.unpack(found[epoch][seq]) for seq in sorted(found[epoch])]
        epochs.append([cut for frame in frames if (cut := _before(frame, t, n))])
        t = min([t, *(frame.t for frame in frames if frame.packets)])
        n = min([n, *(frame.event["n"] for frame in frames if frame.type == wire.EVENT)])
    return (frame for frames in reversed(epochs) for frame in frames)


def timeline(frames: Iterable[wire.Frame]) -> Iterator[bytes]:
    """Packets back to back: what was lost is filled with concealment of exactly its length, repetitions are dropped."""
    return (packet for _, packet in laid(frames))


def laid(frames: Iterable[wire.Frame]) -> Iterator[tuple[int, bytes]]:
    """The same, each with its place on the media clock."""
    t = 0
    for frame in frames:
        if frame.packets and frame.t > t:
            for packet in wire.concealment(frame.packets[0], frame.t - t):
                yield t, packet
                t += wire.packet_units(packet)
        at = frame.t
        for packet in frame.packets:
            units = wire.packet_units(packet)
            if at >= t:
                yield at, packet
                t = at + units
            at += units


def _before(frame: wire.Frame, t: int, n: int) -> wire.Frame | None:
    """What of a frame lies before the moment a later connection took over."""
    if frame.type == wire.EVENT:
        return frame if frame.event["n"] < n else None
    if t == FOREVER or frame.t + frame.units <= t:
        return frame
    kept, at = [], frame.t
    for packet in frame.packets:
        at += wire.packet_units(packet)
        if at <= t:
            kept.append(packet)
    return replace(frame, packets=tuple(kept)) if kept else None


def _found(broadcast_id: int) -> Payloads:
    """Every record, by epoch and number. Of the store's objects only those are read that hold something more."""
    found: Payloads = defaultdict(dict)
    _take(found, journal.read(folder(broadcast_id)))
    keys = [key for key in store().keys(prefix=segment_prefix(broadcast_id)) if key.endswith(".qk")]
    with ThreadPoolExecutor(READERS) as readers:
        for data in readers.map(_read, [key for key in keys if not _is_known(found, key)]):
            _take(found, journal.decode(data))
    return found


def _take(found: Payloads, records: Iterable[journal.Record]) -> None:
    for record in records:
        _, _, epoch, seq, _, _ = wire.HEADER.unpack_from(record.payload)
        found[epoch].setdefault(seq, record.payload)


def _is_known(found: Payloads, key: str) -> bool:
    """An object's name says which frames it holds: epoch, first, last."""
    try:
        epoch, first, last = map(int, key.rpartition("/")[2].split("-")[:3])
    except ValueError:
        return False
    return all(seq in found[epoch] for seq in range(first, last + 1))


def _read(key: str) -> bytes:
    return store().read(key=key)


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

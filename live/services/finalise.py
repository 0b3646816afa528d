"""From the log of a lesson to its replay. Repeating it is harmless; what is missing becomes silence, never a jump."""

import tempfile
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from django.db import transaction
from django.utils import timezone

from live.engine import journal, wire
from live.models import Broadcast, Clip
from live.services.broadcasts import record_event
from live.services.microphone import folder, segment_prefix
from live.services.talk import announce_state
from media.services import keep, request_renditions
from media.store import store

SILENCE = bytes((0x78,))  # hybrid full band 20 ms: the mode of an empty opening


def finalise_broadcast(*, broadcast: Broadcast) -> Broadcast:
    """Make the replay of an ended lesson: events as rows, sound as one Ogg Opus asset, renditions ordered."""
    frames = list(frames_of(broadcast.pk))
    for frame in frames:
        if frame.type == wire.EVENT:
            record_event(broadcast_id=broadcast.pk, event=frame.event)
    packets = list(timeline(frame for frame in frames if frame.type == wire.AUDIO))
    if packets and broadcast.lesson.audio is None:
        _keep_replay(broadcast, packets)
    with transaction.atomic():
        end = sum(map(wire.packet_units, packets))
        Clip.objects.filter(broadcast=broadcast, ends_t=None).update(ends_t=end)
        Broadcast.objects.filter(pk=broadcast.pk).update(finalised_at=timezone.now(), media_t=end)
    broadcast.refresh_from_db()
    announce_state(broadcast)
    return broadcast


def frames_of(broadcast_id: int) -> Iterator[wire.Frame]:
    """Every frame that was written down, once, in order: this machine's log and the store's objects together."""
    kept: dict[tuple[int, int], wire.Frame] = {}
    for record in _records(broadcast_id):
        frame = wire.unpack(record.payload)
        kept.setdefault((frame.epoch, frame.seq), frame)
    return (kept[key] for key in sorted(kept))


def timeline(frames: Iterable[wire.Frame]) -> Iterator[bytes]:
    """Packets back to back: what was lost is filled with concealment of exactly its length, repetitions are dropped."""
    t = 0
    for frame in frames:
        if frame.t > t and frame.packets:
            yield from wire.concealment(frame.packets[0], frame.t - t)
            t = frame.t
        at = frame.t
        for packet in frame.packets:
            if at >= t:
                yield packet
                t = at + wire.packet_units(packet)
            at += wire.packet_units(packet)


def write_ogg(*, packets: Iterable[bytes], path: Path) -> int:
    """Mux Opus packets into Ogg; answers the length in milliseconds."""
    samples = 0
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48000, layout="mono")
        for data in packets:
            packet = av.Packet(data)
            packet.stream = stream
            packet.time_base = Fraction(1, 48000)
            packet.pts = packet.dts = samples
            packet.duration = wire.packet_units(data) * wire.SAMPLES_PER_UNIT
            samples += packet.duration
            container.mux(packet)
    return samples // 48


def _records(broadcast_id: int) -> Iterator[journal.Record]:
    yield from journal.read(folder(broadcast_id))
    for key in sorted(store().keys(prefix=segment_prefix(broadcast_id))):
        yield from journal.decode(store().read(key=key))


def _keep_replay(broadcast: Broadcast, packets: list[bytes]) -> None:
    lesson = broadcast.lesson
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "replay.ogg"
        length = write_ogg(packets=packets, path=path)
        asset = keep(
            data=path,
            title=lesson.title,
            kind="audio",
            mime="audio/ogg",
            guard="lesson",
            guarded_id=str(lesson.pk),
            by=lesson.course.instructor,
            duration_ms=length,
        )
    lesson.audio = asset
    lesson.save(update_fields=["audio"])
    request_renditions(asset=asset)

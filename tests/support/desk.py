"""A microphone's desk without a socket: what is said goes into the log and the store at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from live.engine import wire
from live.engine.ingest import Ingest, Segments
from live.engine.journal import Journal, folder
from live.models import Broadcast
from live.services.broadcasts import end_broadcast, record_event
from live.services.microphone import position, take_microphone
from live.services.uploading import spool


class Desk:
    """One connection of the microphone; a new one begins a new epoch."""

    def __init__(self, broadcast, *, holder="desk"):
        taken = take_microphone(broadcast_id=broadcast.pk, holder=holder)
        Broadcast.objects.filter(pk=broadcast.pk).update(mic_holder="", mic_until=None)
        self.events, self.sent = [], []
        at = position(taken)
        self.ingest = Ingest(
            epoch=taken.epoch,
            position=at,
            journal=Journal(folder(broadcast.pk) / f"{taken.epoch:06d}.log"),
            segments=Segments(spool(broadcast.pk), epoch=taken.epoch, source=at.source),
            publish=self._publish,
            record=self.events.append,
            load=lambda: (0, 0.0),
        )

    async def _publish(self, payload):
        self.sent.append(wire.unpack(payload))

    async def clip(self, packets):
        for start in range(0, len(packets), 3):
            flags = wire.CLIP_START if start == 0 else 0
            flags |= wire.CLIP_END if start + 3 >= len(packets) else 0
            frame = wire.Frame(wire.AUDIO, flags, 0, self.ingest.expected, 0, tuple(packets[start : start + 3]))
            assert await self.ingest.take(frame)

    async def close(self):
        await self.ingest.close()


def speak(broadcast, *clips, slides=(), ends=False):
    """Say these clips one after the other, `slides[i]` turned before clip i; the events stand in the database after."""
    desk = Desk(broadcast)

    async def lesson():
        for index, packets in enumerate(clips):
            if index < len(slides) and slides[index]:
                await desk.ingest.slide(slides[index])
            await desk.clip(packets)
        if ends:
            await desk.ingest.end()
        await desk.close()

    with ThreadPoolExecutor(1) as beside:  # a browser test has a loop of its own in this thread
        beside.submit(asyncio.run, lesson()).result()
    for event in desk.events:
        record_event(broadcast_id=broadcast.pk, event=event)
    Broadcast.objects.filter(pk=broadcast.pk).update(media_t=desk.ingest.at.t)
    return desk


def ended(broadcast):
    """The lesson, over, as the worker finds it."""
    broadcast.refresh_from_db()
    end_broadcast(broadcast=broadcast)
    return fresh(broadcast)


def fresh(broadcast):
    return Broadcast.objects.select_related("lesson__course__instructor", "lesson__audio").get(pk=broadcast.pk)

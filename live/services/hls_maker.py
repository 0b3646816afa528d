"""A thread beside each microphone turns what listeners are told into segments of a few seconds. Between clips it makes
silence, because a player whose playlist stands still gives up."""

import contextlib
import logging
import queue
import threading
import time

from django.db import connection
from django.db.models import Max

from live.engine import aac, journal, wire
from live.models import Broadcast
from live.services.hls import TARGET, Segment, end, publish

logger = logging.getLogger(__name__)
FULL = 4 * aac.RATE // aac.FRAME  # frames after which a segment is cut
IDLE = 4.0  # seconds without sound that become silence
STUCK = 8.0  # seconds after which an open clip counts as a pause: the microphone is offline
TICK = 0.3
OVERLAP = 20  # units by which the encoder may be behind the clock when a clip is cut in two
MOST_WAITING = 90  # segments kept while the store or the database is away


class Maker(threading.Thread):
    """One microphone connection as HLS. `hear` is what its listeners are told; never blocks."""

    def __init__(self, broadcast_id: int, epoch: int) -> None:
        super().__init__(name=f"hls-{broadcast_id}", daemon=True)
        self.broadcast_id, self.epoch = broadcast_id, epoch
        self.said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.closing: float | None = None
        self.encoder = aac.Encoder()
        self.t = 0
        self.speaking = False
        self.began: float | None = None  # when the first sound came
        self.made = 0  # samples since
        self.segment = Segment(0, is_fresh=True)
        self.waiting: list[Segment] = []
        self.is_over = False

    def hear(self, payload: bytes) -> None:
        self.said.put(payload)

    def finish(self, *, after: float = 0.0) -> None:
        """Nothing more is said; what is held back still comes, for so many seconds."""
        self.closing = time.monotonic() + after

    def run(self) -> None:
        try:
            self._catch_up()
            while self.closing is None or time.monotonic() < self.closing or not self.said.empty():
                self.step(time.monotonic())
                time.sleep(TICK)
            self._cut(self.encoder.flush() if self.began else [])
            self._publish()
            self._mark_the_end()
        except Exception:
            logger.exception("HLS of lesson %s stopped", self.broadcast_id)
        finally:
            connection.close()

    def step(self, now: float) -> None:
        """Whatever was said since, in segments; silence where nothing was."""
        while not self.said.empty():
            self._take(wire.unpack(self.said.get()), now)
        if self.began is None:
            return
        lag = now - self.began - self.made / aac.RATE
        if lag >= (STUCK if self.speaking else IDLE):
            self._pause(min(lag, IDLE))
        self._publish()

    def _catch_up(self) -> None:
        """After a crash: what an earlier connection wrote down on this machine and nobody could hear this way."""
        try:
            broadcast = Broadcast.objects.get(pk=self.broadcast_id)
        except Exception as error:
            logger.warning("HLS of lesson %s begins anew: %s", self.broadcast_id, error)
            return
        last = broadcast.hls.aggregate(t=Max("ends_t"))["t"]
        self.t = broadcast.media_t if last is None else last
        if last is None or broadcast.hold_back:
            return
        for payload in journal.tail(journal.folder(self.broadcast_id)):
            frame = wire.unpack(payload)
            if frame.type == wire.AUDIO and frame.epoch < self.epoch and frame.t >= last:
                self._sound(frame, time.monotonic())

    def _take(self, frame: wire.Frame, now: float) -> None:
        if frame.type == wire.AUDIO:
            self._sound(frame, now)
            return
        kind = frame.event["kind"]
        if kind == "clip_start":
            self._open_clip(frame.t, now)
        elif kind == "clip_end":
            self._close_clip()
        elif kind == "end":
            self.is_over = True

    def _open_clip(self, t: int, now: float) -> None:
        """A clip begins with a segment of its own, so that it can be taken back alone."""
        if self.began is not None:
            lag = now - self.began - self.made / aac.RATE
            if lag > 0.1:
                self._pause(min(lag, IDLE))
        self._cut([])
        self.t, self.speaking = t, True
        self.segment.starts_t = t

    def _close_clip(self) -> None:
        if self.began is not None:
            self._cut(self._count(self.encoder.flush()))
        self.speaking = False

    def _sound(self, frame: wire.Frame, now: float) -> None:
        if self.began is None:
            self.began, self.t = now, frame.t
            self.segment.starts_t = frame.t
        if frame.t > self.t:
            gap = min(frame.t - self.t, TARGET * wire.UNITS_PER_SECOND // 2)
            self._add(self.encoder.silence(gap * wire.SAMPLES_PER_UNIT))
            self.t = frame.t
        at = frame.t
        for packet in frame.packets:
            if at >= self.t:
                self._add(self.encoder.packet(packet))
                self.t = at + wire.packet_units(packet)
            at += wire.packet_units(packet)
        self.speaking = self.speaking or bool(frame.packets)

    def _pause(self, seconds: float) -> None:
        self._cut(self._count(self.encoder.flush()) if self.encoder.rest.size else [])
        self._add(self.encoder.silence(int(seconds * aac.RATE) // aac.FRAME * aac.FRAME))
        self._cut([])

    def _add(self, frames: list[bytes]) -> None:
        self.segment.frames += self._count(frames)
        if len(self.segment.frames) >= FULL:
            self._cut([])
            self.segment.starts_t = max(0, self.t - OVERLAP)

    def _count(self, frames: list[bytes]) -> list[bytes]:
        self.made += len(frames) * aac.FRAME
        return frames

    def _cut(self, last: list[bytes]) -> None:
        """The open segment is done; the next one begins where the clock stands."""
        done = self.segment
        done.frames += last
        done.ends_t = self.t
        if done.frames:
            self.waiting = [*self.waiting, done][-MOST_WAITING:]
            self.segment = Segment(self.t)
        else:
            done.starts_t = self.t

    def _publish(self) -> None:
        try:
            while self.waiting:
                publish(self.broadcast_id, self.epoch, self.waiting[0])
                self.waiting.pop(0)
        except Exception as error:
            logger.warning("HLS of lesson %s waits: %s", self.broadcast_id, error)
        finally:
            with contextlib.suppress(Exception):
                connection.close()  # the next one is seconds away

    def _mark_the_end(self) -> None:
        if self.is_over or Broadcast.objects.filter(pk=self.broadcast_id, state=Broadcast.State.ENDED).exists():
            end(self.broadcast_id, self.epoch)

"""The microphone's side: numbered, written down, acknowledged."""

import asyncio
import time

import pytest

from live.engine import wire
from live.engine.holdback import HoldBack
from live.engine.ingest import Batching, Ingest, Position, Segments, batch_units
from live.engine.journal import Journal
from live.engine.spool import Spool

pytestmark = pytest.mark.asyncio
PACKET = bytes((0x78,)) + b"sound"


class Store:
    """Takes objects; may be slow or away."""

    def __init__(self):
        self.kept, self.slow, self.away = {}, 0.0, False

    def put(self, name, data):
        time.sleep(self.slow)
        if self.away:
            raise OSError("no route to the store")
        self.kept[name] = data


def desk(tmp_path, store, **more):
    sent = []

    async def publish(payload):
        sent.append(wire.unpack(payload))

    ingest = Ingest(
        epoch=1,
        position=Position(),
        journal=Journal(tmp_path / "000001.log"),
        segments=Segments(Spool(tmp_path / "spool", store.put), epoch=1),
        publish=publish,
        record=lambda event: None,
        load=more.get("load", lambda: (0, 0.0)),
    )
    return ingest, sent


async def say(ingest, n, first=1):
    for seq in range(first, first + n):
        assert await ingest.take(wire.Frame(wire.AUDIO, wire.CLIP_START if seq == 1 else 0, 1, seq, 0, (PACKET,) * 3))


async def test_what_was_said_is_acknowledged_only_after_it_is_on_disk(tmp_path):
    ingest, _ = desk(tmp_path, Store())
    told = []

    async def acknowledge(seq, t, stored):
        told.append((seq, ingest.journal.synced))

    keeping = asyncio.create_task(ingest.keep(acknowledge=acknowledge))
    await say(ingest, 5)
    async with asyncio.timeout(5):
        while not told:
            await asyncio.sleep(0.02)
    keeping.cancel()
    assert told[0][0] == 5
    assert told[0][1] >= 5


async def test_letting_go_while_the_store_is_slow_does_not_hang(tmp_path):
    store = Store()
    store.slow = 0.6
    ingest, _ = desk(tmp_path, store)
    ingest.segments.due = lambda: True
    keeping = asyncio.create_task(ingest.keep_storing())
    await say(ingest, 5)
    await asyncio.sleep(0.6)  # in the middle of an upload
    keeping.cancel()
    await asyncio.wait_for(asyncio.gather(keeping, return_exceptions=True), 2)
    await asyncio.wait_for(ingest.close(), 5)
    assert store.kept


async def test_while_the_store_is_away_the_recording_waits_and_is_sent_when_it_is_back(tmp_path):
    store = Store()
    store.away = True
    ingest, _ = desk(tmp_path, store)
    await say(ingest, 5)
    await ingest.close()
    assert not store.kept
    assert ingest.segments.stored == 0
    store.away = False
    await ingest.segments.store()
    assert list(store.kept) == ["000001-0000000001-0000000007-0000000005.qk"]
    assert ingest.segments.stored == 5
    assert not ingest.segments.spool.waiting()


async def test_the_teacher_is_told_how_far_the_store_has_it(tmp_path):
    store, told = Store(), []
    ingest, _ = desk(tmp_path, store)

    async def acknowledge(seq, t, stored):
        told.append((seq, stored))

    keeping = asyncio.create_task(ingest.keep(acknowledge=acknowledge))
    await say(ingest, 5)
    await asyncio.sleep(0.6)
    await ingest.segments.store(now=True)
    await asyncio.sleep(0.6)
    keeping.cancel()
    assert told == [(5, 0), (5, 5)]


async def test_a_busy_process_gets_bigger_frames_step_by_step_and_smaller_ones_when_it_has_time():
    busy = 0.9
    batching = Batching(lambda: (10, busy), patience=0)
    assert [batching.units() for _ in range(4)] == [48, 96, 192, 192]
    busy = 0.3
    assert batching.units() == 192
    busy = 0.05
    assert [batching.units() for _ in range(4)] == [96, 48, 24, 24]


async def test_what_was_held_back_and_stopped_is_never_heard():
    heard = []

    async def publish(payload):
        heard.append(payload)

    held = HoldBack(seconds=0.2, publish=publish)
    await held(b"fine")
    await asyncio.sleep(0.1)
    await held(b"not fine")
    assert heard == []
    await asyncio.sleep(0.15)
    held.drop()
    await held.empty()
    assert heard == [b"fine"]


async def test_a_hole_is_not_accepted_and_a_repetition_is_ignored(tmp_path):
    ingest, sent = desk(tmp_path, Store())
    await say(ingest, 3)
    assert not await ingest.take(wire.Frame(wire.AUDIO, 0, 1, 9, 0, (PACKET,)))
    assert await ingest.take(wire.Frame(wire.AUDIO, 0, 1, 2, 0, (PACKET,)))
    assert sum(len(frame.packets) for frame in sent) == 9


async def test_a_big_audience_gets_bigger_frames(tmp_path):
    ingest, sent = desk(tmp_path, Store(), load=lambda: (10_000, 0.3))
    await say(ingest, 24)
    assert [frame.units for frame in sent if frame.packets] == [192] * 3
    assert [batch_units(n) for n in (0, 499, 500, 4999, 5000)] == [24, 24, 48, 96, 192]

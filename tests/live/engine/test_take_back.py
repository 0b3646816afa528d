"""What was taken back is not given to those who come back, join, or had not heard it yet."""

import asyncio
import json

import pytest

from live.engine import hub as hub_module
from live.engine import wire
from live.engine.bus import LocalBus
from live.engine.holdback import HoldBack
from live.engine.hub import CONTROL, Hub, topic

PACKET = bytes((0x78,)) + b"sound"


def sound(seq):
    return wire.pack(wire.Frame(wire.AUDIO, 0, 1, seq, (seq - 1) * 24, (PACKET,) * 3))


def spoken(payload):
    """Which packets of a frame are still sound."""
    return [packet == PACKET for packet in wire.unpack(payload).packets]


def test_a_frame_keeps_its_length_and_its_place_without_the_sound_that_is_gone():
    cut = wire.without(sound(2), [(32, 100)])
    before, after = wire.unpack(sound(2)), wire.unpack(cut)
    assert (after.seq, after.t, after.units) == (before.seq, before.t, before.units)
    assert spoken(cut) == [True, False, False]
    assert wire.without(sound(2), [(0, 24), (48, 90)]) == sound(2)
    event = wire.pack(wire.event(kind="slide", n=1, t=30, at=0))
    assert wire.without(event, [(0, 100)]) == event


@pytest.mark.asyncio
async def test_who_comes_back_after_a_clip_was_taken_back_gets_silence_in_its_place():
    hub = Hub(LocalBus())
    room = await hub.enter(7)
    for seq in range(1, 6):
        await hub.publish(7, sound(seq))
    await room.pump
    await hub.bus.publish(topic(7), CONTROL + json.dumps({"kind": "take_back", "spans": [[24, 72]]}).encode())
    missed = room.since(1, 0)
    assert [any(spoken(message.payload)) for message in missed] == [True, False, False, True, True]
    assert [wire.unpack(message.payload).seq for message in missed] == [1, 2, 3, 4, 5]
    assert missed[1].framed.endswith(missed[1].payload)
    await hub.leave(7)


@pytest.mark.asyncio
async def test_a_process_that_comes_later_does_not_recall_what_was_taken_back(monkeypatch):
    monkeypatch.setattr(hub_module, "gone_from", [lambda room_id: [(0, 24)] if room_id == 7 else []])
    hub = Hub(LocalBus(), lambda room_id: [sound(1), sound(2)])
    room = await hub.enter(7)
    assert [any(spoken(message.payload)) for _, message in room.ring] == [False, True]
    await hub.leave(7)


@pytest.mark.asyncio
async def test_what_is_held_back_and_taken_back_is_never_heard():
    heard = []

    async def publish(payload):
        heard.append(payload)

    held = HoldBack(seconds=0.2, publish=publish)
    for seq in (1, 2, 3):
        await held(sound(seq))
    held.take_back([(24, 48)])
    await asyncio.wait_for(held.empty(), 5)
    assert [any(spoken(payload)) for payload in heard] == [True, False, True]

import asyncio
import json
import time

import pytest

from live.engine import hub as hub_module
from live.engine import room as room_module
from live.engine import wire
from live.engine.bus import LocalBus
from live.engine.hub import Hub
from live.engine.room import Listener

pytestmark = pytest.mark.asyncio
PACKET = bytes((0x78,)) + b"sound"


class Ear:
    """An outlet that keeps what it was handed; `stuck` bytes stay unsent."""

    def __init__(self):
        self.got, self.texts, self.stuck, self.writes = [], [], 0, 0

    def write(self, message):
        self.writes += 1
        for part in message.parts:
            if part.text:
                self.texts.append(json.loads(part.payload))
            else:
                frame = wire.unpack(part.payload)
                self.got.append((frame.epoch, frame.seq) if frame.epoch > 1 else frame.seq)
        return self.stuck

    def unsent(self):
        return self.stuck

    def close(self):
        pass


class Person:
    def __init__(self, room, cohort=None):
        self.ear, self.left = Ear(), []
        self.listener = Listener(outlet=self.ear, leave=self.left.append, person=1, cohort=cohort)
        room.admit(self.listener)


def sound(seq, epoch=1):
    return wire.pack(wire.Frame(wire.AUDIO, 0, epoch, seq, (seq - 1) * 24, (PACKET,) * 3))


@pytest.fixture
async def hub():
    return Hub(LocalBus())


async def spoken(hub, *frames):
    for frame in frames:
        await hub.publish(7, frame)
        for room in hub.rooms.values():
            if room.pump:
                await room.pump


async def test_everyone_in_the_room_hears_every_frame_once_and_in_order(hub):
    room = await hub.enter(7)
    people = [Person(room, cohort=n % 3) for n in range(300)]
    await spoken(hub, *map(sound, range(1, 40)))
    assert all(person.ear.got == list(range(1, 40)) for person in people)


async def test_nobody_hears_another_lesson(hub):
    other = Person(await hub.enter(8))
    Person(await hub.enter(7))
    await spoken(hub, sound(1))
    assert other.ear.got == []


async def test_who_comes_back_is_given_what_was_missed_or_told_that_it_is_gone(hub):
    room = await hub.enter(7)
    await spoken(hub, *map(sound, range(1, 11)))
    assert [wire.unpack(message.payload).seq for message in room.since(1, 6)] == [7, 8, 9, 10]
    assert room.since(1, 10) == []
    assert room.since(2, 1) is None
    assert room.since(1, 11) is None


async def test_who_comes_back_after_the_microphone_was_opened_again_misses_nothing(hub):
    room = await hub.enter(7)
    await spoken(hub, sound(1), sound(2), sound(1, epoch=2), sound(2, epoch=2))
    told = [wire.unpack(message.payload) for message in room.since(1, 1)]
    assert [(frame.epoch, frame.seq) for frame in told] == [(1, 2), (2, 1), (2, 2)]


async def test_an_older_epoch_is_fenced_off_and_a_repetition_is_heard_once(hub):
    person = Person(await hub.enter(7))
    await spoken(hub, sound(1), sound(1, epoch=2), sound(2), sound(1, epoch=2), sound(2, epoch=2))
    assert person.ear.got == [1, (2, 1), (2, 2)]


async def test_a_hole_in_what_came_over_the_bus_is_declared(hub):
    room = await hub.enter(7)
    person = Person(room)
    await spoken(hub, sound(1), sound(5))
    assert person.ear.texts == [{"type": "skip", "from": 2, "to": 4}]
    assert room.since(1, 1) is None
    assert [wire.unpack(message.payload).seq for message in room.since(1, 4)] == [5]


async def test_a_process_that_comes_later_knows_what_was_said_before():
    hub = Hub(LocalBus(), lambda room_id: [sound(1), sound(2)])
    room = await hub.enter(7)
    assert [wire.unpack(message.payload).seq for message in room.since(1, 1)] == [2]


async def test_a_text_reaches_everyone_in_its_place_between_the_frames(hub):
    room = await hub.enter(7)
    person = Person(room)
    room.tell(b'{"type": "event"}')
    await spoken(hub, sound(1))
    assert (person.ear.texts, person.ear.got) == ([{"type": "event"}], [1])


async def test_what_waits_leaves_in_one_write_and_in_order(hub):
    room = await hub.enter(7)
    person = Person(room)
    for frame in map(sound, range(1, 6)):
        await hub.publish(7, frame)
    room.tell(b'{"type": "event"}')
    await room.pump
    assert (person.ear.got, person.ear.texts, person.ear.writes) == ([1, 2, 3, 4, 5], [{"type": "event"}], 1)


async def test_what_comes_during_a_round_reaches_those_ahead_in_it_and_those_behind_in_the_next(hub, monkeypatch):
    monkeypatch.setattr(room_module, "HANDFUL", 1)
    monkeypatch.setattr(room_module, "SLICE", 0)
    room = await hub.enter(7)
    people = [Person(room) for _ in range(10)]
    reported = []
    room.wrote.append(lambda frame, message: reported.append([list(person.ear.texts) for person in people]))
    await hub.publish(7, sound(1))
    while not people[4].ear.got:
        await asyncio.sleep(0)
    room.tell(b'{"type": "event"}')
    late = Person(room)
    await room.pump
    assert all((person.ear.got, person.ear.texts) == ([1], [{"type": "event"}]) for person in people)
    assert [person.ear.writes for person in people] == [2] * 5 + [1] * 5
    assert (late.ear.got, late.ear.texts) == ([], [{"type": "event"}])
    assert reported == [[[{"type": "event"}]] * 10]


async def test_work_in_a_thread_waits_until_everyone_has_what_was_said_but_not_for_ever(hub, monkeypatch):
    monkeypatch.setattr(hub_module, "hub", lambda: hub)
    room = await hub.enter(7)
    held = asyncio.Event()

    async def stuck():
        await held.wait()

    room.pump = asyncio.create_task(stuck())
    began = time.monotonic()
    working = asyncio.create_task(asyncio.to_thread(hub_module.between_rounds))
    await asyncio.sleep(0.1)
    assert not working.done()
    held.set()
    await working
    assert time.monotonic() - began < hub_module.PATIENCE
    monkeypatch.setattr(hub_module, "PATIENCE", 0.05)
    room.pump = asyncio.create_task(asyncio.sleep(60))
    await asyncio.wait_for(asyncio.to_thread(hub_module.between_rounds), 5)
    room.pump.cancel()


async def test_who_comes_in_begins_with_what_the_others_hear_now(hub):
    room = await hub.enter(7)
    assert room.entrance() == (0, 0, 0)
    await spoken(hub, sound(1), sound(2))
    assert room.entrance() == (1, 1, 24)
    said = wire.event(kind="clip_end", n=1, t=48, at=0).numbered(epoch=1, seq=3, t=48)
    await spoken(hub, wire.pack(said))
    assert room.entrance() == (1, 3, 48)


async def test_the_ring_holds_thirty_seconds_and_no_more(hub):
    room = await hub.enter(7)
    await spoken(hub, *map(sound, range(1, 1001)))
    assert room.since(1, 100) is None
    assert len(room.ring) <= room_module.RING_UNITS // 24 + 2


async def test_a_slow_listener_skips_to_live_and_is_told_what_was_skipped(hub):
    room = await hub.enter(7)
    slow, healthy = Person(room), Person(room)
    slow.ear.stuck = room_module.BACKLOG + 1
    await spoken(hub, *map(sound, range(1, 6)))
    slow.ear.stuck = 0
    await spoken(hub, sound(6))
    assert slow.ear.got == [1, 6]
    assert slow.ear.texts == [{"type": "skip", "from": 2, "to": 5}]
    assert healthy.ear.got == [1, 2, 3, 4, 5, 6]


async def test_a_listener_who_never_catches_up_is_let_go_with_a_reason(hub, monkeypatch):
    monkeypatch.setattr(room_module, "PATIENCE", 0)
    room = await hub.enter(7)
    slow = Person(room)
    slow.ear.stuck = room_module.BACKLOG + 1
    await spoken(hub, sound(1), sound(2))
    assert slow.left == ["slow"]
    assert slow.ear.got == [1]


async def test_an_empty_room_leaves_nothing_behind(hub):
    await hub.enter(7)
    await hub.enter(7)
    await hub.leave(7)
    assert 7 in hub.rooms
    await hub.leave(7)
    assert not hub.rooms
    assert not hub.bus.callbacks

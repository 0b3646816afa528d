"""R12: the replay is what was heard live."""

import itertools
import time

import av
import pytest
from scene import Scene
from school import work

from live.client import opus_packets
from live.engine import wire
from live.models import Event
from live.services.recording import frames_of
from media.store import store

pytestmark = pytest.mark.django_db(transaction=True)


def test_r12_the_replay_has_every_sound_and_every_event_where_it_was_live(
    school, ada, ben, broadcast, cohort, at_scale, promise, voice
):
    server = school.start()
    packets = itertools.cycle(opus_packets(voice))
    speed, clips = at_scale(4, 2), at_scale(3, 40)
    with Scene(
        broadcast, [server.url], teacher=ada, listeners=[(ben, cohort)], speed=speed, voice=lambda _: next(packets)
    ) as scene:
        for clip in range(clips):
            time.sleep(1)
            scene.do(scene.microphone.slide(clip + 1))
        scene.end()
        ear = scene.ears[0]
        scene.until(lambda: ear.line.is_over)
    work()
    broadcast.refresh_from_db()
    lesson = broadcast.lesson
    assert broadcast.finalised_at
    rows = {event.n: event for event in Event.objects.filter(broadcast=broadcast).exclude(n=None)}
    assert {event["n"] for event in ear.events} == set(rows)
    apart = [abs(rows[event["n"]].t - event["t"]) * 2.5 for event in ear.events]
    assert [event["slide"] for event in ear.events if event["kind"] == "slide"] == list(range(1, clips + 1))
    live = [(frame.t, frame.packets) for frame in frames_of(broadcast.pk) if frame.packets]
    heard = sum(wire.packet_units(one) for one, _ in ear.packets) * 2.5
    assert [one for one, _ in ear.packets] == [one for _, some in live for one in some] == scene.said
    data = store().read(key=lesson.audio.key)
    apart_ms = max(apart)
    length_ms = _decoded_ms(data)
    promise(
        "R12",
        apart_ms,
        "ms between an event live and in the replay",
        bound=100,
        kept=apart_ms <= 100 and abs(length_ms - heard) <= 20,
        events=len(rows),
        decoded_ms=length_ms,
        packets_ms=heard,
    )
    assert apart_ms <= 100
    assert abs(length_ms - heard) <= 20


def _decoded_ms(data):
    import io

    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        return sum(frame.samples for frame in container.decode(stream)) * 1000 / stream.rate


@pytest.fixture
def voice():
    from speaking import VOICE

    return VOICE

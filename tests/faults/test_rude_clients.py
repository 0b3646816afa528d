"""S2: what a client sends that is no client of ours harms nobody else."""

import contextlib
import itertools
import json
import random
import time

import pytest
import raw
from scene import Scene, crowd, ticket

from live.engine import wire
from live.models import Broadcast
from live.services.broadcasts import prepare_broadcast
from live.services.recording import frames_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other_broadcast(course):
    """Another lesson of ada's, which is attacked."""
    from courses.models import Lesson

    lesson = Lesson.objects.create(course=course, title="器", kind="live", is_published=True, position=9)
    return prepare_broadcast(lesson=lesson)


def test_s2_whatever_strangers_send_the_other_lesson_goes_on(
    school, ada, ben, broadcast, other_broadcast, cohort, at_scale, promise
):
    server = school.start(ATTACKED="yes")
    site, dice = server.url, random.Random(7)
    empty = raw.memory(server.process.pid)
    with Scene(broadcast, [site], teacher=ada, listeners=[(ben, cohort)] * 2) as scene:
        began = time.time()
        sent = _malformed(site, other_broadcast, ada, ben, at_scale(40, 10_000), dice)
        _ping_flood(site, crowd(ben, other_broadcast, 1)[0], at_scale(5_000, 100_000))
        _fragments(site, crowd(ben, other_broadcast, 1)[0])
        slow = _slow_handshakes(site, at_scale(100, 500))
        came = time.monotonic()
        raw.enter(site, "listen", crowd(ben, broadcast, 1)[0])[0].close()
        join = time.monotonic() - came
        scene.hush()
        silence = max(gap for ear in scene.ears for gap in ear.silences(began))
        for one in slow:
            one.close()
    grown = (raw.memory(server.process.pid) - empty) / 2**20
    assert server.process.poll() is None
    assert [f for f in frames_of(other_broadcast.pk) if f.packets] == []
    assert Broadcast.objects.get(pk=other_broadcast.pk).state == "waiting"
    assert scene.recorded() == scene.said
    assert scene.verdict().violations == []
    assert all([one for one, _ in ear.packets] == scene.said for ear in scene.ears)
    assert "Traceback" not in server.log.read_text()
    promise(
        "S2",
        sent,
        "malformed messages: no crash, none relayed",
        bound=at_scale(40, 10_000),
        kept=silence <= 1 and join <= 2,
        join_meanwhile_s=round(join, 2),
        longest_silence_next_door_s=round(silence, 2),
        memory_mib=round(grown, 1),
    )


def _malformed(site, broadcast, teacher, learner, count, dice):
    """So many messages, each from a connection that ends with it."""
    speaking, listening = _spoken(dice), _texts(dice)
    again = ticket(teacher, broadcast, "speak")
    passes = iter(crowd(learner, broadcast, count // 2 + 1))
    for number in range(count):
        if number % 2:
            bare, seen = raw.enter(site, "speak", again)
            hello = json.loads(seen[seen.index(b'{"type": "hello"') :])
            again = hello["again"]
            bare.sendall(next(speaking)(hello["epoch"]))
        else:
            bare, _ = raw.enter(site, "listen", next(passes))
            bare.sendall(next(listening))
        assert raw.is_closed_soon(bare), number
        bare.close()
    return count


def _spoken(dice):
    """Things that are no frame of a microphone."""
    good = (b"\x78" + b"x" * 59,) * 3

    def audio(epoch, *, kind=wire.AUDIO, flags=0, seq=1, packets=good, body=b""):
        return wire.pack(wire.Frame(kind, flags, epoch, seq, 0, packets, body))

    def message(make):
        return lambda epoch: raw.frame(raw.BINARY, make(epoch))

    makers = [
        message(lambda e: audio(e + 1)),
        message(lambda e: audio(e, flags=wire.GAP)),
        message(lambda e: audio(e, flags=128)),
        message(lambda e: audio(e, packets=())),
        message(lambda e: audio(e, packets=(b"",))),
        message(lambda e: audio(e, kind=wire.EVENT, packets=(), body=b"{}")),
        message(lambda e: audio(e)[: dice.randrange(1, 60)]),
        message(lambda e: audio(e) + b"more"),
        message(lambda e: audio(e, packets=(b"\x7b\x3f" + b"x" * 50,))),
        message(lambda e: audio(e, packets=(b"\x78" * 5000,))),
        message(lambda e: dice.randbytes(dice.randrange(1, 4000)).replace(b"\x01", b"\x07")),
        lambda e: raw.frame(raw.TEXT, b"\xff\xfe not utf-8"),
        lambda e: raw.frame(raw.TEXT, json.dumps({"type": "slide", "n": -1}).encode()),
        lambda e: raw.frame(raw.TEXT, b'{"type": "slide", "n": 1e999}'),
        lambda e: raw.frame(raw.TEXT, b"[" * 1000),
        lambda e: raw.frame(raw.BINARY, dice.randbytes(70_000)),
    ]
    return itertools.cycle(makers)


def _texts(dice):
    """Things that are no message of a listener, or no WebSocket at all."""
    return itertools.cycle(
        [
            raw.frame(raw.TEXT, b"nonsense"),
            raw.frame(raw.TEXT, b"[1]"),
            raw.frame(raw.TEXT, b"x" * 2000),
            raw.frame(raw.TEXT, b"x" * 200_000),
            raw.frame(raw.BINARY, dice.randbytes(100)),
            raw.frame(raw.TEXT, b"{}", masked=False),
            raw.frame(raw.TEXT, b"{}", reserved=5),
            raw.frame(11, b"?"),
            raw.frame(raw.CONTINUED, b"of nothing"),
            raw.frame(raw.PING, b"x" * 126),
            raw.frame(raw.PING, b"half", last=False),
            raw.frame(raw.CLOSE, b"\x00"),
            raw.frame(raw.TEXT, b'{"type": "heard", "event": {"a": []}}') * 60,
            b"\xff" * 3000,
        ]
    )


def _ping_flood(site, pass_, count):
    """Pings without end from someone who never reads an answer."""
    bare, _ = raw.enter(site, "listen", pass_, receive_buffer=4096, patience=3)
    ping = raw.frame(raw.PING, b"x" * 125) * 100
    with contextlib.suppress(OSError):
        for _ in range(count // 100):
            bare.sendall(ping)
    bare.close()


def _fragments(site, pass_):
    """A message in thousands of pieces that never ends."""
    bare, _ = raw.enter(site, "listen", pass_)
    with contextlib.suppress(OSError):
        bare.sendall(raw.frame(raw.TEXT, b"x", last=False))
        for _ in range(3000):
            bare.sendall(raw.frame(raw.CONTINUED, b"x" * 50, last=False))
    assert raw.is_closed_soon(bare)


def _slow_handshakes(site, count):
    """So many who begin to ask and go on letter by letter."""
    begun = [raw.plug(site) for _ in range(count)]
    for one in begun:
        one.sendall(b"GET /ws/listen/ HTTP/1.1\r\nHost: ")
    return begun

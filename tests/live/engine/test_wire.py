import random

import pytest

from live.engine import wire
from live.errors import Malformed, TooBig

TWENTY_MS = bytes((0x78,)) + b"sound"


def frame(**changes):
    facts = {
        "type": wire.AUDIO,
        "flags": 0,
        "epoch": 3,
        "seq": 9,
        "t": 400,
        "packets": (TWENTY_MS, TWENTY_MS),
    }
    return wire.Frame(**(facts | changes))


def test_a_frame_reads_back_as_it_was_written():
    spoken = frame(flags=wire.CLIP_START)
    assert wire.unpack(wire.pack(spoken)) == spoken
    assert wire.pack(spoken)[:15].hex() == "0101" + "00000003" + "00000009" + "00000190" + "02"


def test_an_event_carries_chinese_words_and_its_place():
    told = wire.event(kind="slide", n=2, t=800, at=1_700_000_000_000, slide=3, title="夜雨")
    read = wire.unpack(wire.pack(told.numbered(epoch=1, seq=5, t=800)))
    assert read.event == {
        "n": 2,
        "kind": "slide",
        "t": 800,
        "at": 1_700_000_000_000,
        "slide": 3,
        "title": "夜雨",
    }


@pytest.mark.parametrize(
    ("toc", "units"),
    [
        ((0x78,), 8),
        ((0x79,), 16),
        ((0x7B, 3), 24),
        ((0x00,), 4),
        ((0x18,), 24),
        ((0xE0,), 1),
        ((0x7B, 0x83), 24),
    ],
)
def test_the_duration_of_a_packet_is_read_from_its_first_bytes(toc, units):
    assert wire.packet_units(bytes(toc)) == units


@pytest.mark.parametrize("units", [1, 7, 8, 24, 48, 400, 4001])
def test_what_was_lost_is_filled_for_exactly_its_length(units):
    assert sum(map(wire.packet_units, wire.concealment(TWENTY_MS, units))) == units


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01" * 14,
        wire.pack(frame())[:-1],
        wire.pack(frame()) + b"x",
        wire.pack(frame(flags=8)),
        wire.pack(frame(flags=wire.GAP)),
        wire.pack(frame(type=7)),
        wire.pack(frame(packets=())),
        wire.pack(frame(packets=(b"",))),
        wire.pack(frame(packets=(bytes((0x7B, 0)),))),
        wire.pack(frame(packets=(bytes((0x7B, 7)),))),
    ],
)
def test_a_microphone_that_sends_nonsense_is_refused(data):
    with pytest.raises(Malformed):
        wire.unpack_spoken(data)


def test_a_microphone_that_sends_too_much_at_once_is_refused():
    with pytest.raises(TooBig):
        wire.unpack_spoken(wire.pack(frame(packets=(b"\x78" * 1000,) * 5)))


def test_ten_thousand_random_frames_raise_nothing_but_a_refusal():
    dice = random.Random(7)
    good = wire.pack(frame())
    for _ in range(10_000):
        data = bytearray(good if dice.random() < 0.7 else dice.randbytes(dice.randrange(60)))
        for _flip in range(dice.randrange(4)):
            if data:
                data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            wire.unpack_spoken(bytes(data))
        except (Malformed, TooBig):
            continue


@pytest.mark.parametrize(("size", "head"), [(3, "8203"), (188, "827e00bc"), (70_000, "827f0000000000011170")])
def test_a_message_is_framed_as_the_rfc_says(size, head):
    assert wire.websocket_frame(bytes(size)).hex().startswith(head)

"""Where every stamp and every packet of an edited lesson stands in its replay."""

import random

import pytest

from live.engine import wire
from live.engine.montage import Montage, Take

PACKET = b"\x78" + bytes(9)  # 20 ms


def lesson():
    """Four clips of two seconds, back to back."""
    return {n: Take(n, (n - 1) * 800, n * 800) for n in range(1, 5)}


def sound(units=3200):
    return [(t, PACKET[:1] + t.to_bytes(4, "big")) for t in range(0, units, 8)]


def replaced(takes, old, new):
    takes[old].new, takes[new].old = new, old


def heard(montage):
    """The places on the live clock in the order they are heard; None is concealment."""
    return [int.from_bytes(p[1:5], "big") if len(p) == 5 else None for p in montage.packets(sound())]


def test_an_untouched_lesson_is_its_own_replay():
    montage = Montage(lesson().values(), 3200)
    assert montage.is_plain
    assert [montage.at(t) for t in (0, 799, 800, 3200)] == [0, 799, 800, 3200]
    assert heard(montage) == list(range(0, 3200, 8))


def test_what_was_said_to_a_retracted_clip_stands_where_it_was_cut_out():
    takes = lesson()
    takes[2].is_gone = True
    montage = Montage(takes.values(), 3200)
    assert montage.length == 2400
    assert [montage.at(t) for t in (799, 800, 1200, 1600, 2000)] == [799, 800, 800, 800, 1200]
    assert heard(montage) == [t for t in range(0, 3200, 8) if not 800 <= t < 1600]


def test_a_trim_keeps_stamps_at_what_is_left():
    takes = lesson()
    takes[2].keeps = (1000, 1400)
    montage = Montage(takes.values(), 3200)
    assert montage.length == 2800
    assert [montage.at(t) for t in (800, 900, 1000, 1200, 1500, 1600)] == [800, 800, 800, 1000, 1200, 1200]


def test_a_cut_within_a_packet_is_concealed_to_the_very_length():
    takes = lesson()
    takes[2].keeps = (1004, 1403)
    montage = Montage(takes.values(), 3200)
    assert sum(map(wire.packet_units, montage.packets(sound()))) == montage.length == 2400 + 399


def test_a_clip_spoken_again_is_heard_in_the_place_of_the_old_one():
    takes = lesson()
    replaced(takes, 2, 4)
    montage = Montage(takes.values(), 3200)
    assert heard(montage) == [*range(0, 800, 8), *range(2400, 3200, 8), *range(1600, 2400, 8)]
    assert montage.at(1200) == 1200  # said to the old one: as far into the new one
    assert montage.at(2500) == 900  # said while it was spoken again: it went along
    assert montage.at(2400) == montage.at(3200) == 2400  # a pause stays where it was


def test_a_second_try_takes_the_place_of_the_first():
    takes = lesson()
    replaced(takes, 1, 3)
    replaced(takes, 3, 4)
    montage = Montage(takes.values(), 3200)
    assert heard(montage) == [*range(2400, 3200, 8), *range(800, 1600, 8)]
    assert montage.at(1700) == 100


def test_a_replacement_that_was_retracted_leaves_nothing():
    takes = lesson()
    replaced(takes, 2, 4)
    takes[4].is_gone = True
    assert heard(Montage(takes.values(), 3200)) == [*range(0, 800, 8), *range(1600, 2400, 8)]


def test_every_piece_begins_with_the_slide_of_its_place():
    takes = lesson()
    replaced(takes, 2, 4)
    slides = [(0, 1), (800, 2), (2400, 7), (2600, 8)]
    montage = Montage(takes.values(), 3200)
    assert montage.turns(slides) == [(0, 1), (800, 2), (1000, 8), (1600, 2)]


def test_sound_outside_any_clip_is_kept():
    montage = Montage([Take(1, 400, 800)], 1600)
    assert heard(montage) == list(range(0, 1600, 8))


@pytest.mark.parametrize("seed", range(30))
def test_whatever_was_edited_the_replay_is_as_long_as_its_pieces_and_the_clock_stays_inside(seed):
    chance = random.Random(seed)
    takes = lesson()
    for take in takes.values():
        if chance.random() < 0.3:
            take.is_gone = True
        if chance.random() < 0.5:
            a, b = sorted(chance.sample(range(take.starts, take.ends), 2))
            take.keeps = (a, b)
        later = [other for other in takes.values() if other.n > take.n and other.old is None and other.new is None]
        if later and take.new is None and chance.random() < 0.3:
            replaced(takes, take.n, chance.choice(later).n)
    montage = Montage(takes.values(), 3200)
    assert sum(map(wire.packet_units, montage.packets(sound()))) == montage.length
    assert all(0 <= montage.at(t) <= montage.length for t in range(0, 3201, 7))
    plain = [take for take in takes.values() if take.old is None]
    stamps = [montage.at(t) for take in plain for t in range(take.starts, take.ends, 50)]
    assert stamps == sorted(stamps)

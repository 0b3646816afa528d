"""R10: the log or a segment is cut or flipped at any byte."""

import random

import pytest
from desk import ended, fresh, speak
from scene import packet

from live.engine import journal, wire
from live.services.finalise import finalise_broadcast
from live.services.recording import frames_of, segment_prefix, timeline
from media.store import store

pytestmark = pytest.mark.django_db(transaction=True)


def test_r10_wherever_the_log_is_cut_or_flipped_at_most_one_record_is_lost(ada, broadcast, at_scale, promise):
    speak(broadcast, [packet(n) for n in range(at_scale(120, 600))])
    (log,) = journal.folder(broadcast.pk).glob("*.log")
    data = log.read_bytes()
    whole = list(journal.decode(data))
    worst = tried = 0
    for at in range(0, len(data), at_scale(7, 1)):
        flipped = data[:at] + bytes((data[at] ^ 1 << at % 8,)) + data[at + 1 :]
        for damaged, rest in ((flipped, len(whole)), (data[:at], _before(whole, at))):
            kept = list(journal.decode(damaged))
            worst = max(worst, rest - len(kept))
            assert set(kept) <= set(whole)
            assert [one for one in whole if one in set(kept)] == kept
            tried += 1
    promise("R10", worst, "records lost at most", bound=1, kept=worst <= 1, places=tried, log_bytes=len(data))
    assert worst <= 1


@pytest.mark.parametrize("what", ["cut", "flipped"])
def test_r10_a_replay_is_made_whatever_happened_to_log_and_segments(ada, live_lesson, broadcast, what, at_scale):
    said = [packet(n) for n in range(1500)]
    speak(broadcast, said, ends=True)
    dice = random.Random(what)
    (log,) = journal.folder(broadcast.pk).glob("*.log")
    keys = store().keys(prefix=segment_prefix(broadcast.pk))
    for place in (log, *keys):
        data = log.read_bytes() if place is log else store().read(key=place)
        at = dice.randrange(len(data))
        damaged = data[:at] if what == "cut" else data[:at] + bytes((data[at] ^ 255,)) + data[at + 1 :]
        if place is log:
            log.write_bytes(damaged)
        else:
            store().put_bytes(key=place, data=damaged, mime="application/octet-stream")
    kept = set(timeline(f for f in frames_of(broadcast.pk) if f.type == wire.AUDIO))
    if what == "flipped":  # log and store each lost one record, not the same
        assert set(said) <= kept
    finalise_broadcast(broadcast=ended(broadcast))
    assert fresh(broadcast).lesson.audio.duration_ms >= sum(one in kept for one in said) * 20


def _before(whole, at):
    """Records that end before this byte."""
    end, count = 0, 0
    for one in whole:
        end += len(journal.encode(one))
        count += end <= at
    return count

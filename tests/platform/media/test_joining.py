"""Several sounds as one: nothing lost and nothing between them, made once, and survivable."""

import contextlib
import itertools
import re
import subprocess
from datetime import timedelta

import av
import numpy as np
import pytest
from django.utils import timezone

from media import joining, tasks
from media.errors import StoreUnreachable
from media.making import Overtaken
from media.models import Asset, Join
from media.renditions import binary
from media.services import keep
from media.signals import joined
from media.store import store
from media.workshop import joint

pytestmark = pytest.mark.django_db
FRAME = 1024  # samples of an AAC frame
TONES = (400, 1000, 2200)


def tone(hz, seconds, *, rate=16000, options=("-f", "wav")):
    source = ["-f", "lavfi", "-i", f"sine=frequency={hz}:duration={seconds}:sample_rate={rate}"]
    command = [binary(), "-v", "error", *source, *options, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def bytes_of_tones():
    """Three lengths that no frame divides, at three rates and in three codings."""
    return [
        tone(TONES[0], 0.737),
        tone(TONES[1], 0.511, rate=44100, options=("-f", "flac")),
        tone(TONES[2], 0.913, rate=48000, options=("-f", "wav", "-af", "volume=-20dB")),
    ]


@pytest.fixture
def tones(request, bytes_of_tones):
    request.getfixturevalue("kept" if "kept" in request.fixturenames else "disk")
    return [
        keep(data=data, title=f"音{n}", kind="audio", mime="", guard="staff") for n, data in enumerate(bytes_of_tones)
    ]


@pytest.fixture
def without_forms(monkeypatch):
    """They are tried elsewhere; here they are there at once."""

    def made(*, asset):
        asset.renditions.update(state="ready", key=asset.key)
        return []

    monkeypatch.setattr(tasks.making, "make", made)


@pytest.fixture
def quickly(without_forms, bytes_of_tones, monkeypatch, tmp_path):
    """Where it is not about the sound: each part is a second long."""

    @contextlib.contextmanager
    def made(parts, tell):
        path = tmp_path / "joined.flac"
        path.write_bytes(bytes_of_tones[1])
        tell(50)
        yield joint.Joint(path, [48000 * n for n in range(len(parts) + 1)])

    monkeypatch.setattr(joining, "joint", made)


@pytest.fixture
def heard():
    """What listeners of the signal were told: the asset, or nothing."""
    told = []

    def hear(join, **kwargs):
        told.append(join.asset)

    joined.connect(hear)
    yield told
    joined.disconnect(hear)


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    def committed(verb, **facts):
        with django_capture_on_commit_callbacks(execute=True):
            return verb(**facts)

    return committed


@pytest.fixture
def ask(commit):
    def asked(*parts):
        return commit(joining.join, parts=parts, title="三个音", guard="public", guarded_id="7")

    return asked


@pytest.fixture
def work(do_tasks, commit):
    """Do what waits, and what that orders."""

    def worked():
        while commit(do_tasks):
            pass

    return worked


def samples(asset, tmp_path, form="flac"):
    key = asset.key if form == "flac" else asset.made()[form].key
    store().download(key=key, path=tmp_path / "made")
    with av.open(str(tmp_path / "made")) as made:
        frames = [frame.to_ndarray().astype(np.float64).ravel() for frame in made.decode(audio=0)]
        assert (made.streams.audio[0].rate, made.streams.audio[0].channels) == (48000, 1)
    return np.concatenate(frames)


def pitch(sound):
    """The loudest frequency of a stretch."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return np.argmax(spectrum) * 48000 / len(sound)


def rms(sound):
    return 20 * np.log10(np.sqrt(np.mean(sound**2)))


@pytest.mark.once
@pytest.mark.usefixtures("without_forms")
def test_three_clips_are_one_sound_to_the_sample_each_as_loud_as_the_others(kept, tones, ask, work, heard, tmp_path):
    row = ask(*tones)
    work()
    row.refresh_from_db()
    whole = samples(row.asset, tmp_path)
    lengths = [round(0.737 * 48000), round(0.511 * 48000), round(0.913 * 48000)]
    cuts = np.cumsum([0, *lengths])
    assert abs(len(whole) - cuts[-1]) <= 1
    assert row.made_of == [[part.pk, round(cuts[n] / 48), round(cuts[n + 1] / 48)] for n, part in enumerate(tones)]
    assert (row.state, heard, row.asset.guard) == ("ready", [row.asset], "public")
    stretch = 2400
    for n, hz in enumerate(TONES):
        first, last = whole[cuts[n] : cuts[n] + stretch], whole[cuts[n + 1] - stretch : cuts[n + 1] - 1]
        assert pitch(first) == pytest.approx(hz, abs=25)
        assert pitch(last) == pytest.approx(hz, abs=25)
    means = [rms(whole[a + 2000 : b - 2000]) for a, b in itertools.pairwise(cuts)]
    assert max(means) - min(means) < 4, "the third came 20 dB quieter than it is; the rest is how ears weigh the tones"


@pytest.mark.once
def test_its_forms_are_there_before_anyone_hears_of_it_and_as_long(tones, ask, do_tasks, commit, heard, tmp_path):
    row = ask(*tones)
    commit(do_tasks)
    row.refresh_from_db()
    assert (row.state, heard, row.asset) == ("coding", [], None)
    commit(do_tasks)
    row.refresh_from_db()
    assert set(row.asset.made()) == {"m4a", "low", "hls", "peaks", "silence"}
    whole, coded = samples(row.asset, tmp_path), samples(row.asset, tmp_path, "m4a")
    assert abs(len(coded) - len(whole)) <= FRAME
    assert heard == [row.asset]


@pytest.mark.usefixtures("quickly")
def test_asked_again_for_the_same_nothing_is_made_anew(tones, ask, work, monkeypatch):
    first = ask(*tones)
    work()
    monkeypatch.setattr(joining, "joint", None)  # would fail if anything were made again
    ask(*tones)
    work()
    again = ask(*tones)
    assert again.is_ready
    assert again.asset == Join.objects.get(pk=first.pk).asset


@pytest.mark.once
@pytest.mark.usefixtures("without_forms")
def test_another_order_is_made_anew_and_the_old_sound_stays_until_then(tones, ask, work, tmp_path):
    row = ask(*tones)
    work()
    old = ask(*tones).asset
    row = ask(*reversed(tones))
    assert (row.state, row.asset) == ("waiting", old)
    assert samples(old, tmp_path).size
    work()
    row.refresh_from_db()
    assert row.asset != old
    assert [one[0] for one in row.made_of] == [part.pk for part in reversed(tones)]
    assert pitch(samples(row.asset, tmp_path)[:4000]) == pytest.approx(TONES[2], abs=25)
    assert not Asset.objects.filter(pk=old.pk).exists()
    assert not list(store().keys(prefix=f"{old.folder}/"))


@pytest.mark.usefixtures("quickly")
def test_who_changes_their_mind_back_has_what_was_there(tones, ask, work, monkeypatch):
    ask(*tones)
    work()
    old = ask(*tones).asset
    ask(*reversed(tones))
    row = ask(*tones)
    assert (row.state, row.asset) == ("ready", old)
    monkeypatch.setattr(joining, "joint", None)
    work()
    assert Join.objects.get().asset == old


@pytest.mark.once
@pytest.mark.usefixtures("without_forms")
def test_a_clip_that_cannot_be_heard_is_named_and_nothing_takes_the_place_of_the_clips(tones, ask, work, heard):
    store().put_bytes(key=tones[1].key, data=b"fLaC" + b"\0" * 4000, mime="audio/flac")
    row = ask(*tones)
    work()
    row.refresh_from_db()
    assert (row.state, row.asset, heard) == ("failed", None, [None])
    assert re.match("第 2 条“音1”接不上：", row.error)
    assert row.spoilt == tones[1]


@pytest.mark.usefixtures("quickly")
def test_a_change_that_cannot_be_made_takes_the_old_sound_away(tones, ask, work, heard):
    ask(*tones[:2])
    work()
    old = ask(*tones[:2]).asset
    ask(*tones)
    tones[2].delete()
    work()
    assert Join.objects.get().error == "第 3 条已经删掉了，接不起来。"
    assert heard == [old, None]
    assert Join.objects.get().asset is None


@pytest.mark.usefixtures("quickly")
def test_a_store_that_is_away_is_asked_again_later(tones, ask, work, monkeypatch, commit):
    def away(*args, **kwargs):
        raise StoreUnreachable("away")

    row = ask(*tones)
    with monkeypatch.context() as patch:
        patch.setattr(joining, "keep", away)
        work()
    row.refresh_from_db()
    assert (row.state, row.until > timezone.now()) == ("failed", True)
    Join.objects.update(until=timezone.now())
    commit(joining.sweep)
    work()
    assert ask(*tones).is_ready


@pytest.mark.parametrize("moment", ["before anything", "when it was kept"])
@pytest.mark.usefixtures("quickly")
def test_what_a_killed_worker_held_is_taken_up_when_its_time_is_over(
    tones, ask, work, do_tasks, commit, monkeypatch, moment
):
    def killed(*args, **kwargs):
        raise Overtaken  # nothing of what follows a kill is done

    row = ask(*tones)
    with monkeypatch.context() as patch:
        patch.setattr(*((joining, "joint") if moment == "before anything" else (joining.Hold, "let_code")), killed)
        patch.setattr(joining, "_drop_if_overtaken", lambda row: None)
        work()
    do_tasks.forget()
    made = Asset.objects.filter(is_made=True)
    assert made.count() == (moment == "when it was kept")
    commit(joining.sweep)
    work()
    assert Join.objects.get().state == "running", "it may still be at work"
    Join.objects.update(until=timezone.now() - timedelta(seconds=1))
    commit(joining.sweep)
    commit(joining.sweep)
    work()
    assert ask(*tones).is_ready
    assert made.count() == 1
    assert row.pk == Join.objects.get().pk


@pytest.mark.usefixtures("quickly")
def test_what_kills_three_workers_is_not_given_to_a_fourth(tones, ask, work, do_tasks, commit, heard):
    ask(*tones)
    do_tasks.forget()
    Join.objects.update(state="running", holder="gone", attempts=3, until=timezone.now() - timedelta(seconds=1))
    commit(joining.sweep)
    work()
    assert Join.objects.get().state == "failed"
    assert "三次" in Join.objects.get().error
    assert heard == [None]


@pytest.mark.usefixtures("quickly")
def test_two_workers_do_not_take_the_same(tones, ask):
    row = ask(*tones)
    assert joining.Hold(row.pk).take() == row
    assert joining.Hold(row.pk).take() is None


@pytest.mark.usefixtures("quickly")
def test_who_is_late_throws_away_what_nobody_wants_any_more(tones, ask, work, do_tasks, monkeypatch, commit):
    """While the first order is being made the editor chooses another."""
    real = joining.joint

    def changed_meanwhile(parts, tell):
        monkeypatch.setattr(joining, "joint", real)
        ask(*reversed(tones))
        return real(parts, tell)

    ask(*tones)
    monkeypatch.setattr(joining, "joint", changed_meanwhile)
    work()
    row = Join.objects.get()
    assert [one[0] for one in row.made_of] == [part.pk for part in reversed(tones)]
    assert list(Asset.objects.filter(is_made=True)) == [row.asset]


@pytest.mark.usefixtures("quickly")
def test_what_nobody_wants_any_more_leaves_nothing(tones, ask, work, commit):
    ask(*tones)
    work()
    asset = Join.objects.get().asset
    commit(joining.unjoin, guard="public", guarded_id="7")
    assert not Join.objects.exists()
    assert not Asset.objects.filter(is_made=True).exists()
    assert not list(store().keys(prefix=f"{asset.folder}/"))
    assert all(Asset.objects.filter(pk=part.pk).exists() for part in tones)

"""The forms the worker makes: right, repeatable, and survivable."""

import json
import os
from datetime import timedelta

import av
import pytest
from django.utils import timezone

from media import making
from media.errors import RenditionFailed, RenditionStopped, StoreUnreachable
from media.models import Asset, Rendition
from media.services import forget, keep, make_rendition, request_renditions, retry_renditions, sweep_renditions
from media.store import store
from media.workshop import bench, sound

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ALL = {"m4a", "low", "hls", "peaks", "silence"}
READY = dict.fromkeys(ALL, "ready")


@pytest.fixture
def ask(django_capture_on_commit_callbacks):
    def asked(asset, verb=request_renditions):
        with django_capture_on_commit_callbacks(execute=True):
            return verb(asset=asset)

    return asked


@pytest.fixture
def sweep(django_capture_on_commit_callbacks):
    def swept():
        with django_capture_on_commit_callbacks(execute=True):
            sweep_renditions()

    return swept


def states(asset):
    return dict(asset.renditions.values_list("name", "state"))


def row(asset, name="low"):
    return Rendition.objects.create(asset=asset, name=name, mime="audio/ogg")


def decoded(key, tmp_path):
    """Codec, channels, rate and seconds of what really is in there."""
    store().download(key=key, path=tmp_path / "made")
    with av.open(str(tmp_path / "made")) as made:
        frames = list(made.decode(audio=0))
        stream = made.streams.audio[0]
        seconds = sum(frame.samples for frame in frames) / stream.rate
        return stream.codec_context.name, stream.channels, stream.rate, seconds


def test_a_recording_gets_every_form_and_keeps_the_original(recording, ask, do_tasks, tmp_path, wav):
    ask(recording)
    do_tasks()
    made = recording.made()
    assert states(recording) == READY
    assert decoded(made["m4a"].key, tmp_path) == ("aac", 1, 48000, pytest.approx(2, abs=0.1))
    assert decoded(made["low"].key, tmp_path) == ("opus", 1, 48000, pytest.approx(2, abs=0.1))
    assert made["m4a"].size == store().size(key=made["m4a"].key)
    assert {one.progress for one in made.values()} == {100}
    assert store().read(key=recording.key) == wav


def test_the_hls_says_which_bytes_are_which_seconds(recording, tmp_path):
    form = make_rendition(rendition=row(recording, "hls"))
    text = store().read(key=f"{form.key}/master.m3u8").decode()
    assert [line for line in text.splitlines() if line and line[0] != "#"] == ["a64.m3u8", "a24.m3u8"]
    for name, rate in (("a64", 48000), ("a24", 24000)):
        listed = store().read(key=f"{form.key}/{name}.m3u8").decode()
        assert f'#EXT-X-MAP:URI="{name}.mp4",BYTERANGE=' in listed
        assert "#EXT-X-ENDLIST" in listed
        assert decoded(f"{form.key}/{name}.mp4", tmp_path) == ("aac", 1, rate, pytest.approx(2, abs=0.15))


def test_the_outline_and_the_pauses_are_those_of_the_sound(disk, spoken):
    asset = keep(data=spoken(pause=2), title="停顿", kind="audio", mime="", guard="public")
    outline = json.loads(store().read(key=make_rendition(rendition=row(asset, "peaks")).key))
    pauses = json.loads(store().read(key=make_rendition(rendition=row(asset, "silence")).key))
    assert outline["duration_ms"] == asset.duration_ms
    third = len(outline["peaks"]) // 3
    assert max(outline["peaks"][:third]) > 40
    assert max(outline["peaks"][third + 4 : 2 * third - 4]) == 0
    assert pauses == [[pytest.approx(2120, abs=100), pytest.approx(3880, abs=100)]]


def test_the_m4a_can_begin_before_it_is_all_there(recording):
    data = store().read(key=make_rendition(rendition=row(recording, "m4a")).key)
    assert data.index(b"moov") < data.index(b"mdat")


def test_the_best_source_comes_first(recording):
    assert [s["mime"] for s in recording.sources()] == ["audio/wav"]
    for name in ("low", "m4a"):
        make_rendition(rendition=row(recording, name))
    assert [s["mime"] for s in recording.sources()] == ["audio/mp4", "audio/wav", "audio/ogg"]
    assert recording.sources()[0]["url"] == f"/media/{recording.uuid}/m4a/"


def test_asking_twice_makes_nothing_twice(recording, ask, do_tasks, monkeypatch):
    ask(recording)
    ask(recording)
    do_tasks()
    monkeypatch.setattr(making, "bench", None)  # would fail if anything were made again
    ask(recording)
    do_tasks()
    assert states(recording) == READY


def test_a_worker_that_is_ended_lets_go_and_the_next_finishes(recording, ask, do_tasks, monkeypatch):
    def ended(*_):
        raise KeyboardInterrupt

    ask(recording)
    with monkeypatch.context() as patch:
        patch.setattr(making, "bench", ended)
        with pytest.raises(KeyboardInterrupt):
            making.make(asset=recording)
    assert set(states(recording).values()) == {"waiting"}
    do_tasks()
    assert states(recording) == READY


def test_what_a_killed_worker_held_is_taken_up_again_when_its_time_is_over(recording, ask, do_tasks, sweep):
    ask(recording)
    do_tasks.forget()  # the killed worker had taken the task away
    making.Hold(recording).take(None)
    sweep()
    do_tasks()
    assert set(states(recording).values()) == {"running"}  # it may still be at work
    recording.renditions.update(until=timezone.now() - timedelta(seconds=1))
    sweep()
    sweep()
    assert do_tasks() == 1
    assert states(recording) == READY


def test_what_kills_three_workers_is_not_given_to_a_fourth(recording, sweep):
    late = timezone.now() - timedelta(seconds=1)
    Rendition.objects.create(asset=recording, name="low", state="running", until=late, attempts=3)
    sweep()
    assert states(recording) == {"low": "failed"}
    assert "三次" in recording.renditions.get().error


def test_of_two_workers_one_makes_a_form(recording):
    form = row(recording)
    first, second = making.Hold(recording), making.Hold(recording)
    assert (first.take(None), second.take(None)) == (["low"], [])
    assert make_rendition(rendition=form).state == "running"


def test_a_worker_that_was_overtaken_stops_and_its_work_is_thrown_away(recording, monkeypatch):
    form, hold = row(recording, "hls"), making.Hold(recording)
    hold.take(None)
    recording.renditions.update(until=timezone.now() - timedelta(seconds=1))
    made = make_rendition(rendition=form)
    assert made.is_ready
    hold._told = -1e9
    with pytest.raises(making.Overtaken):
        hold.tell(50)
    assert {key.rpartition("/")[0] for key in store().keys(prefix=f"{recording.folder}/hls/")} == {made.key}


def test_how_far_it_is_is_told_meanwhile(recording, monkeypatch):
    told = []
    monkeypatch.setattr(making.Hold, "tell", lambda self, percent: told.append(percent))
    monkeypatch.setattr(bench.job, "BEAT", 0.01)
    row(recording)
    making.make(asset=recording)
    assert told == sorted(told)
    assert max(told) > 0


def test_a_recording_that_is_forgotten_meanwhile_leaves_nothing(recording, monkeypatch):
    real = sound.code

    def code(place, *more):
        forget(asset=Asset.objects.get(pk=recording.pk))
        return real(place, *more)

    row(recording)
    monkeypatch.setattr(sound, "code", code)
    assert making.make(asset=recording) == []
    assert store().keys(prefix=f"{recording.folder}/") == []


def test_a_store_that_was_away_is_asked_again_by_itself(recording, ask, do_tasks, sweep, monkeypatch):
    def away(*_):
        raise StoreUnreachable("the store is away")

    ask(recording)
    with monkeypatch.context() as patch:
        patch.setattr(making, "bench", away)
        do_tasks()
    assert recording.renditions.filter(state="failed", error="the store is away", until__gt=timezone.now()).count() == 5
    recording.renditions.update(until=timezone.now())
    sweep()
    do_tasks()
    assert states(recording) == READY


def test_one_form_that_fails_says_why_and_does_not_stop_the_others(recording, ask, do_tasks, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(sound.OPUS, "c:a", "no_such_codec")
        ask(recording)
        do_tasks()
    assert states(recording) == READY | {"low": "failed"}
    assert "no_such_codec" in recording.renditions.get(name="low").error
    assert ask(recording, retry_renditions) == 1
    do_tasks()
    assert states(recording) == READY


def test_what_ran_into_a_limit_is_not_tried_in_pieces(recording, monkeypatch):
    tries = []

    def stopped(*args):
        tries.append(args)
        raise RenditionStopped("too long")

    monkeypatch.setattr(sound, "code", stopped)
    for name in ("m4a", "low"):
        row(recording, name)
    assert making.make(asset=recording) == ["m4a", "low"]
    assert len(tries) == 1


def test_what_a_killed_worker_left_on_the_disk_is_swept_away(recording, tmp_path, monkeypatch):
    monkeypatch.setattr(bench.tempfile, "gettempdir", lambda: str(tmp_path))
    old, new = tmp_path / f"{bench.PREFIX}old", tmp_path / f"{bench.PREFIX}new"
    old.mkdir()
    new.mkdir()
    os.utime(old, (0, 0))
    make_rendition(rendition=row(recording))
    assert (old.exists(), new.exists()) == (False, True)


def test_without_ffmpeg_the_sentence_says_what_to_install(recording, settings):
    settings.FFMPEG = "/nowhere/ffmpeg"
    form = row(recording, "m4a")
    with pytest.raises(RenditionFailed, match="ffmpeg"):
        make_rendition(rendition=form)
    assert form.state == "failed"

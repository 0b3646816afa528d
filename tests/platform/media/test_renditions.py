"""The forms the worker makes: right, repeatable, and survivable."""

import os

import av
import pytest

from media import renditions, services
from media.errors import RenditionFailed, StoreUnreachable
from media.models import Rendition
from media.services import make_rendition, request_renditions
from media.store import store

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(django_capture_on_commit_callbacks):
    def asked(asset):
        with django_capture_on_commit_callbacks(execute=True):
            request_renditions(asset=asset)

    return asked


def states(asset):
    return dict(asset.renditions.values_list("name", "state"))


def decoded(key, tmp_path):
    """Codec, channels, rate and seconds of what really is in there."""
    store().download(key=key, path=tmp_path / "made")
    with av.open(str(tmp_path / "made")) as made:
        frames = list(made.decode(audio=0))
        stream = made.streams.audio[0]
        seconds = sum(frame.samples for frame in frames) / stream.rate
        return stream.codec_context.name, stream.channels, stream.rate, seconds


def test_a_recording_gets_both_forms_and_keeps_the_original(recording, ask, do_tasks, tmp_path, wav):
    ask(recording)
    do_tasks()
    m4a, low = (recording.renditions.get(name=name) for name in ("m4a", "low"))
    assert states(recording) == {"m4a": "ready", "low": "ready"}
    assert decoded(m4a.key, tmp_path) == ("aac", 1, 48000, pytest.approx(2, abs=0.1))
    assert decoded(low.key, tmp_path) == ("opus", 1, 48000, pytest.approx(2, abs=0.1))
    assert m4a.size == store().size(key=m4a.key)
    assert store().read(key=recording.key) == wav


def test_the_m4a_can_begin_before_it_is_all_there(recording, tmp_path):
    made = make_rendition(rendition=Rendition.objects.create(asset=recording, name="m4a", mime="audio/mp4"))
    data = store().read(key=made.key)
    assert data.index(b"moov") < data.index(b"mdat")


def test_the_best_source_comes_first(recording):
    assert [s["mime"] for s in recording.sources()] == ["audio/wav"]
    for name, mime in (("low", "audio/ogg"), ("m4a", "audio/mp4")):
        make_rendition(rendition=Rendition.objects.create(asset=recording, name=name, mime=mime))
    assert [s["mime"] for s in recording.sources()] == ["audio/mp4", "audio/wav", "audio/ogg"]
    assert recording.sources()[0]["url"] == f"/media/{recording.uuid}/m4a/"


def test_asking_twice_makes_nothing_twice(recording, ask, do_tasks, monkeypatch):
    ask(recording)
    ask(recording)
    do_tasks()
    monkeypatch.setattr(services, "rendered", None)  # would fail if anything were made again
    ask(recording)
    do_tasks()
    assert states(recording) == {"m4a": "ready", "low": "ready"}


def test_a_worker_killed_in_the_middle_leaves_it_waiting_and_the_next_finishes(recording, ask, do_tasks, monkeypatch):
    def killed(**_):
        raise KeyboardInterrupt

    ask(recording)
    row = recording.renditions.get(name="m4a")
    with monkeypatch.context() as patch:
        patch.setattr(services, "rendered", killed)
        with pytest.raises(KeyboardInterrupt):
            make_rendition(rendition=row)
    assert states(recording) == {"m4a": "waiting", "low": "waiting"}
    ask(recording)
    do_tasks()
    assert states(recording) == {"m4a": "ready", "low": "ready"}


def test_a_store_that_was_away_is_asked_again(recording, ask, do_tasks, monkeypatch):
    def away(**_):
        raise StoreUnreachable("the store is away")

    ask(recording)
    with monkeypatch.context() as patch:
        patch.setattr(services, "rendered", away)
        do_tasks()
    assert recording.renditions.filter(state="failed", error="the store is away").exists()
    ask(recording)
    do_tasks()
    assert states(recording) == {"m4a": "ready", "low": "ready"}


def test_one_form_that_fails_says_why_and_does_not_stop_the_other(recording, ask, do_tasks, monkeypatch):
    broken = renditions.Recipe("m4a", "audio/mp4", {"c:a": "no_such_codec", "f": "ipod"})
    monkeypatch.setitem(renditions.RECIPES, "m4a", broken)
    ask(recording)
    do_tasks()
    assert states(recording) == {"m4a": "failed", "low": "ready"}
    assert "no_such_codec" in recording.renditions.get(name="m4a").error


def test_what_a_killed_worker_left_on_the_disk_is_swept_away(recording, tmp_path, monkeypatch):
    monkeypatch.setattr(renditions.tempfile, "gettempdir", lambda: str(tmp_path))
    old, new = tmp_path / f"{renditions.PREFIX}old", tmp_path / f"{renditions.PREFIX}new"
    old.mkdir()
    new.mkdir()
    os.utime(old, (0, 0))
    make_rendition(rendition=Rendition.objects.create(asset=recording, name="low", mime="audio/ogg"))
    assert (old.exists(), new.exists()) == (False, True)


def test_without_ffmpeg_the_sentence_says_what_to_install(recording, settings):
    settings.FFMPEG = "/nowhere/ffmpeg"
    row = Rendition.objects.create(asset=recording, name="m4a", mime="audio/mp4")
    with pytest.raises(RenditionFailed, match="ffmpeg"):
        make_rendition(rendition=row)
    assert row.state == "failed"

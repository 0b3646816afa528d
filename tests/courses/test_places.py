"""A membership for so many places at a time, where a lesson is many clips, a film, or pages with a voice."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from courses.models import Lesson, Piece
from media.models import Asset
from media.store import store
from membership import streams
from membership.models import Tier

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SOUND = b"OggS" + bytes(96)


@pytest.fixture(autouse=True)
def _one_place(settings, tmp_path, inner):
    """The tier `inner` is for one place at a time, and nobody listens yet."""
    settings.S3_BUCKET, settings.STORE_ROOT = "", tmp_path / "store"
    caches["counts"].clear()
    Tier.objects.filter(pk=inner.pk).update(max_streams=1)


@pytest.fixture
def clock(monkeypatch):
    """Seconds, as the leases count them."""
    now = [1000.0]
    monkeypatch.setattr(streams.time, "time", lambda: now[0])

    def passes(seconds):
        now[0] += seconds

    return passes


@pytest.fixture
def clips(course):
    """A lesson of two voice clips."""
    return [piece.asset for piece in shown(course, "clips", [("clip", "audio", "水"), ("clip", "audio", "火")])]


@pytest.fixture
def film(course):
    """With its ladder, its picture to begin with, and what is said."""
    (piece,) = shown(course, "video", [("video", "video", "烧水")])
    Asset.objects.filter(pk=piece.asset.pk).update(transcript="WEBVTT\n\n00:00.000 --> 00:01.000\n水\n")
    made(piece.asset, "poster", "poster.webp", "image/webp")
    made(piece.asset, "peaks", "peaks.json", "application/json")
    made(piece.asset, "hls", "hls/abc", "application/vnd.apple.mpegurl", facts={"entry": "master.m3u8"})
    for name in ("master.m3u8", "v360.mp4"):
        store().put_bytes(key=f"{piece.asset.folder}/hls/abc/{name}", data=SOUND, mime="video/mp4")
    return piece.asset


def shown(course, kind, assets):
    lesson = Lesson.objects.create(course=course, title=kind, position=9, kind=kind, is_published=True)
    for position, (role, of, title) in enumerate(assets):
        asset = Asset(kind=of, title=title, mime="audio/ogg", guard="lesson", guarded_id=str(lesson.pk))
        asset.key = f"{asset.folder}/original.ogg"
        asset.save()
        store().put_bytes(key=asset.key, data=SOUND, mime=asset.mime)
        Piece.objects.create(lesson=lesson, asset=asset, role=role, position=position)
    return list(lesson.pieces.all())


def made(asset, name, key, mime, **more):
    asset.renditions.create(name=name, key=f"{asset.folder}/{key}", mime=mime, state="ready", **more)
    if "." in key:
        store().put_bytes(key=f"{asset.folder}/{key}", data=SOUND, mime=mime)


def browser(person):
    client = Client(headers={"Accept-Language": "zh-hans"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def plays(client, asset, form=""):
    return client.get(f"{asset.url}{form}").status_code in (200, 302)


def test_one_clip_after_the_other_is_one_place(clock, ben, clips):
    phone = browser(ben)
    for asset in clips * 3:
        clock(5)
        assert plays(phone, asset)


def test_another_clip_of_the_same_lesson_on_another_device_stops_the_first(clock, ben, clips):
    phone, laptop = browser(ben), browser(ben)
    link = phone.get(clips[0].url)["Location"]
    clock(1)
    assert plays(laptop, clips[1])
    assert phone.get(link).status_code == 403
    assert "同时只能在 1 处听" in phone.get(clips[1].url).content.decode()


def test_every_stretch_of_a_film_asks_and_the_oldest_place_gets_no_more(clock, ben, film, clips):
    phone, laptop = browser(ben), browser(ben)
    stretch = "hls/v360.mp4"
    assert plays(phone, film, "hls/master.m3u8")
    assert plays(phone, film, stretch)
    clock(1)
    assert plays(laptop, clips[0])
    assert phone.get(f"{film.url}{stretch}").status_code == 403
    assert phone.post("/membership/listening/", {"begins": "yes"}).status_code == 200
    assert plays(phone, film, stretch)
    assert not plays(laptop, clips[0])


def test_looking_at_the_page_of_a_film_stops_nobody(clock, ben, film, clips):
    phone, laptop = browser(ben), browser(ben)
    assert plays(phone, clips[0])
    clock(1)
    for form in ("poster/", "peaks/", "captions.vtt"):
        answer = laptop.get(f"{film.url}{form}")
        assert answer.status_code in (200, 302)
        if answer.status_code == 302:
            assert laptop.get(answer["Location"]).status_code == 200
    assert plays(phone, clips[0])
    clock(1)
    assert plays(laptop, film)
    assert not plays(phone, clips[0])
    assert plays(phone, film, "poster/")  # what is only looked at stays


def test_the_pages_of_a_deck_and_a_file_to_take_home_are_no_place(clock, ben, course, clips):
    (piece,) = shown(course, "file", [("handout", "file", "手记")])
    phone, laptop = browser(ben), browser(ben)
    assert plays(phone, clips[0])
    clock(1)
    assert plays(laptop, piece.asset)
    assert plays(phone, clips[0])


def test_whose_right_ended_gets_neither_sound_nor_picture(ben, film):
    ben.grants.update(starts_at=timezone.now() - timedelta(days=9), ends_at=timezone.now() - timedelta(days=1))
    phone = browser(ben)
    for form in ("", "poster/", "peaks/", "captions.vtt", "hls/v360.mp4"):
        assert phone.get(f"{film.url}{form}").status_code == 404

"""Clips that are one sound: their places in it, who hears it, and what becomes of it when the lesson changes."""

import subprocess

import pytest
from django.utils import timezone

from courses.access import open_lessons
from courses.content import Content, Shown
from courses.joining import join_what_was_missed
from courses.models import Lesson
from courses.services import publish_lesson
from media import joining
from media.models import Asset, Join
from media.renditions import binary
from media.services import keep
from media.transcribing import save_transcript
from media.transcripts import read, version


def cue(text):
    return f"WEBVTT\n\n00:00.100 --> 00:00.900\n{text}\n"


def clip(n, *, seconds=0.5):
    """A real sound, however small."""
    tone = ["-f", "lavfi", "-i", f"sine=frequency={n}00:duration={seconds}:sample_rate=16000", "-f", "wav", "-"]
    data = subprocess.run([binary(), "-v", "error", *tone], capture_output=True, check=True).stdout
    return keep(data=data, title=f"音{n}", kind="audio", mime="", guard="staff")


@pytest.fixture
def sounds(db, settings, tmp_path):
    """Three of half a second, one second, and a second and a half; the first says two words, one of them too late."""
    settings.S3_BUCKET, settings.STORE_ROOT = "", tmp_path / "store"
    made = [clip(n, seconds=n / 2) for n in (1, 2, 3)]
    for sound, said in zip(made, ("烫杯", "投茶", "出汤"), strict=True):
        Asset.objects.filter(pk=sound.pk).update(transcript=cue(said))
        sound.refresh_from_db()
    return made


@pytest.fixture
def publish(course, django_capture_on_commit_callbacks):
    """`publish(*sounds)`: the lesson of these clips; again for the same lesson."""

    def published(*sounds, kind="clips", **more):
        shown = [Shown(sound, "clip", f"题{sound.title}") for sound in sounds]
        facts = {"title": "水", "url": "/w/", "position": 1, "kind": kind, "content": Content(shown=shown)}
        with django_capture_on_commit_callbacks(execute=True):
            lesson = publish_lesson(course=course, lesson=Lesson.objects.first(), **facts | more)
        return Lesson.objects.get(pk=lesson.pk)

    return published


@pytest.fixture
def work(django_capture_on_commit_callbacks):
    """Do what the worker does, but for the other forms of the sound."""

    def worked():
        for row in Join.objects.exclude(state="ready"):
            with django_capture_on_commit_callbacks(execute=True):
                joining.make(pk=row.pk)
            for asset in Asset.objects.filter(uuid=row.uuid):
                asset.renditions.update(state="ready")
                with django_capture_on_commit_callbacks(execute=True):
                    joining.announce(asset=asset)
        return Lesson.objects.get()

    return worked


def places(lesson):
    return [(chapter["n"], chapter["title"], chapter["ms"]) for chapter in lesson.chapters()]


def test_the_clips_of_a_lesson_become_its_audio_with_a_chapter_for_each(sounds, publish, work):
    lesson = publish(*sounds)
    assert (lesson.audio, lesson.chapters()) == (None, [])
    lesson = work()
    assert lesson.audio.duration_ms == 3000
    assert places(lesson) == [(1, "题音1", 0), (2, "题音2", 500), (3, "题音3", 1500)]
    said = [(line.start_ms, line.end_ms, line.text) for line in read(lesson.audio.transcript)]
    assert said == [(100, 500, "烫杯"), (600, 1400, "投茶"), (1600, 2400, "出汤")]


def test_the_joined_sound_is_behind_the_gate_of_the_lesson(sounds, publish, work, client, request, login):
    publish(*sounds)
    audio = work().audio
    for name, expected in {"ben": 302, "ada": 302, "cat": 404, "dan": 404, "eve": 404}.items():
        assert login(request.getfixturevalue(name)).get(audio.url).status_code == expected, name
    Lesson.objects.update(is_published=False)
    assert login(request.getfixturevalue("ben")).get(audio.url).status_code == 404


def test_published_again_nothing_is_made_anew_and_the_chapters_are_there(sounds, publish, work, monkeypatch):
    publish(*sounds)
    before = work()
    monkeypatch.setattr(joining, "joint", None)
    after = publish(*sounds, title="新题")
    assert (after.audio, places(after)) == (before.audio, places(before))
    assert work().audio == before.audio


def test_while_the_new_order_is_made_the_chapters_are_those_of_what_is_heard(sounds, publish, work):
    one, two, three = sounds
    publish(one, two)
    old = work().audio
    between = publish(three, two, one)
    assert between.audio == old
    assert places(between) == [(1, "题音1", 0), (2, "题音2", 500)]
    after = work()
    assert places(after) == [(1, "题音3", 0), (2, "题音2", 1500), (3, "题音1", 2500)]
    assert after.audio != old
    assert not Asset.objects.filter(pk=old.pk).exists()


def test_a_clip_that_cannot_be_joined_leaves_the_clips_as_they_were(sounds, publish, work):
    publish(*sounds[:2])
    work()
    publish(*sounds)
    Join.objects.update(parts=[*Join.objects.get().parts, 0])  # deleted meanwhile
    lesson = work()
    assert (lesson.audio, lesson.chapters()) == (None, [])
    assert [piece.asset for piece in lesson.clips] == sounds


def test_a_lesson_that_is_no_longer_of_clips_has_no_sound_of_them(sounds, publish, work):
    publish(*sounds)
    audio = work().audio
    lesson = publish(kind="text")
    assert lesson.audio is None
    assert not Asset.objects.filter(pk=audio.pk).exists()
    assert not Join.objects.exists()


def test_an_upload_is_not_taken_for_the_sound_of_clips(sounds, publish, work):
    upload, *rest = sounds
    publish(kind="audio", audio=upload)
    lesson = publish(*rest)
    assert lesson.audio is None
    upload.refresh_from_db()
    assert upload.guard == "staff"


def test_who_corrects_the_words_of_a_clip_corrects_the_whole(sounds, publish, work):
    publish(*sounds)
    work()
    two = sounds[1]
    save_transcript(asset=two, text=cue("投七分茶"), seen=version(two.transcript))
    assert [line.text for line in read(Lesson.objects.get().audio.transcript)] == ["烫杯", "投七分茶", "出汤"]


def test_what_a_killed_server_did_not_ask_for_is_asked_for_later(sounds, publish, work):
    lesson = publish(*sounds)
    Join.objects.all().delete()
    assert join_what_was_missed() == [lesson.pk]
    assert join_what_was_missed() == []
    assert work().audio is not None


@pytest.mark.parametrize("lessons", [3, 12])
def test_what_was_missed_is_found_in_as_many_queries_however_many_lessons(
    sounds, publish, course, django_assert_num_queries, lessons
):
    lesson = publish(*sounds)
    for n in range(lessons):
        Lesson.objects.create(course=course, title=f"{n}", kind="clips", is_published=True)
    with django_assert_num_queries(4):
        assert join_what_was_missed() == []
    assert lesson.clips


def test_a_live_lesson_that_becomes_clips_gives_its_recording_back(sounds, publish, ben):
    publish(kind="live", starts_at=timezone.now())
    Lesson.objects.update(audio=sounds[0])
    lesson = publish(*sounds[1:])
    assert lesson.audio is None
    assert lesson in open_lessons(ben)

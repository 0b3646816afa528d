"""HLS, pages and outlines pass through the gate, piece by piece."""

import pytest

from media import gate
from media.models import Rendition
from media.services import keep, make_rendition

pytestmark = pytest.mark.django_db


@pytest.fixture
def lecture(wav, kept):
    """A recording with its HLS, for ben."""
    may = {"ben@example.com"}
    gate.guard("test-members", lambda person, guarded_id: person.is_authenticated and person.email in may)
    asset = keep(data=wav, title="内院", kind="audio", mime="", guard="test-members")
    make_rendition(rendition=Rendition.objects.create(asset=asset, name="hls"))
    asset.may = may
    yield asset
    del gate.guards["test-members"]


def at(asset, name):
    return f"/media/{asset.uuid}/hls/{name}"


def body(answer):
    return answer.getvalue() if answer.streaming else answer.content


def test_a_member_plays_and_a_stranger_gets_not_one_byte(login, ben, cat, client, lecture):
    member = login(ben)
    assert member.get(f"/media/{lecture.uuid}/hls/")["Location"] == at(lecture, "master.m3u8")
    playlist = member.get(at(lecture, "master.m3u8"))
    assert playlist["Content-Type"] == "application/vnd.apple.mpegurl"
    assert playlist["Cache-Control"] == "private, no-store"
    assert b"a24.m3u8" in playlist.content
    stretch = member.get(at(lecture, "a24.mp4"), headers={"Range": "bytes=4-7"})
    assert (stretch.status_code, body(stretch)) == (206, b"ftyp")
    for person in (login(cat), client):
        for name in ("master.m3u8", "a24.m3u8", "a24.mp4"):
            refused = person.get(at(lecture, name))
            assert (refused.status_code, b"ftyp" in refused.content, b"EXTM3U" in refused.content) == (
                404,
                False,
                False,
            )


def test_whose_right_ends_in_the_middle_hears_no_further_stretch(login, ben, lecture):
    member = login(ben)
    assert member.get(at(lecture, "a64.mp4"), headers={"Range": "bytes=0-99"}).status_code == 206
    lecture.may.clear()
    assert member.get(at(lecture, "a64.mp4"), headers={"Range": "bytes=100-199"}).status_code == 404


def test_a_big_school_lets_its_bucket_answer_for_the_sound_but_not_for_the_playlist(
    login, ben, lecture, kept, settings
):
    settings.S3_DIRECT_LINKS = True
    assert login(ben).get(at(lecture, "master.m3u8")).status_code == 200
    expected = 302 if kept.name == "s3" else 200
    assert login(ben).get(at(lecture, "a24.mp4")).status_code == expected


@pytest.mark.parametrize("name", ["nothing.mp4", "..%2Fm4a.m4a", "a24.txt", "A24.MP4", "master.m3u8.bak"])
def test_what_is_no_part_of_it_is_not_there(login, ben, lecture, name):
    assert login(ben).get(at(lecture, name)).status_code == 404


def test_a_stretch_of_a_paid_lesson_takes_few_questions_to_the_database(
    login, ben, lesson, wav, disk, django_assert_max_num_queries
):
    asset = keep(data=wav, title="水", kind="audio", mime="", guard="lesson", guarded_id=str(lesson.pk))
    make_rendition(rendition=Rendition.objects.create(asset=asset, name="hls"))
    member = login(ben)
    member.get(at(asset, "a24.mp4"))
    session_and_person = 2
    with django_assert_max_num_queries(session_and_person + 3):
        assert member.get(at(asset, "a24.mp4")).status_code == 200

"""At the desk: emil mends the words of a recording; nobody overwrites anybody, and learners stay outside."""

import pytest

from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome
from media import speech
from media.models import Asset, Transcription
from media.transcripts import version

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BEFORE = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n先烫杯\n"
MINE, THEIRS = BEFORE.replace("先", "我先"), BEFORE.replace("先", "她先")
JSON = {"Accept": "application/json"}


@pytest.fixture
def recording():
    return Asset.objects.create(kind="audio", title="水", key="a/o.ogg", mime="audio/ogg", transcript=BEFORE)


@pytest.fixture
def desk(login, emil):
    welcome(emil)
    return login(emil)


@pytest.fixture
def parrot(monkeypatch, settings):
    class Parrot(speech.Nobody):
        def wanting(self):
            return ""

    monkeypatch.setitem(speech.ENGINES, "parrot", Parrot())
    settings.SPEECH = "parrot"


def address(recording, more=""):
    return f"/admin/transcripts/{recording.pk}/{more}"


def save(client, recording, text, seen=BEFORE, **headers):
    return client.post(address(recording), {"transcript": text, "seen": version(seen)}, headers=headers)


def kept(recording):
    recording.refresh_from_db()
    return recording.transcript


def test_emil_reads_what_is_said_beside_the_sound_and_saves_it(desk, recording):
    page = desk.get(address(recording))
    assert "先烫杯" in page.content.decode()
    assert {"private", "no-store"} <= set(page["Cache-Control"].split(", "))
    assert recording.url in page.content.decode()
    assert save(desk, recording, MINE).url == address(recording)
    assert kept(recording) == MINE


def test_the_outline_of_the_sound_is_there_as_soon_as_the_worker_has_made_it(desk, recording):
    assert 'data-peaks=""' in desk.get(address(recording)).content.decode()
    made = recording.renditions.create(name="peaks", mime="application/json", key="a/peaks.json", state="ready")
    assert f'data-peaks="{made.url}"' in desk.get(address(recording)).content.decode()


def test_subtitles_pasted_from_elsewhere_are_taken_over(desk, recording):
    save(desk, recording, "1\n00:00:00,000 --> 00:00:02,000\n先烫杯\n")
    assert kept(recording).startswith("WEBVTT")


def test_what_is_wrong_is_said_with_its_line_and_nothing_typed_is_lost(desk, recording):
    wrong = MINE.replace("--> 00:00:02", "--> 00:00:00")
    page = save(desk, recording, wrong)
    assert (page.status_code, kept(recording)) == (400, BEFORE)
    assert "第 3 行" in page.content.decode()
    assert "我先烫杯" in page.content.decode()
    assert "第 3 行" in save(desk, recording, wrong, **JSON).json()["error"]


def test_the_words_of_another_sound_are_refused(desk, recording):
    Asset.objects.filter(pk=recording.pk).update(duration_ms=12_000)
    other = MINE + "\n00:05:00.000 --> 00:05:02.000\n再冲茶\n"
    page = save(desk, recording, other)
    assert (page.status_code, kept(recording)) == (400, BEFORE)
    assert "声音只有 00:00:12，文稿从 00:05:00 起还有 1 句" in page.content.decode()
    assert "再冲茶" in page.content.decode()
    facts = {"title": "水", "transcript": other, "seen": version(BEFORE)}
    answer = desk.post(f"/admin/snippets/media/asset/edit/{recording.pk}/", facts)
    assert "文稿从 00:05:00 起" in answer.content.decode()
    assert kept(recording) == BEFORE


def test_who_saves_second_sees_both_and_decides(desk, recording):
    Asset.objects.update(transcript=THEIRS)
    page = save(desk, recording, MINE)
    assert (page.status_code, kept(recording)) == (409, THEIRS)
    assert "我先烫杯" in page.content.decode()
    assert "她先烫杯" in page.content.decode()
    answer = save(desk, recording, MINE, **JSON)
    assert (answer.status_code, answer.json()["now"]) == (409, version(THEIRS))
    assert save(desk, recording, MINE, seen=THEIRS, **JSON).json()["seen"] == version(MINE)
    assert kept(recording) == MINE


def test_a_new_title_from_an_old_page_leaves_the_words_that_were_saved_meanwhile(desk, recording):
    form = f"/admin/snippets/media/asset/edit/{recording.pk}/"
    assert f'name="seen" value="{version(BEFORE)}"' in desk.get(form).content.decode()
    Asset.objects.update(transcript=THEIRS)
    old = {"title": "水 (新)", "seen": version(BEFORE)}
    desk.post(form, {**old, "transcript": BEFORE.replace("\n", "\r\n")})
    assert (kept(recording), recording.title) == (THEIRS, "水 (新)")
    assert "transcript" in desk.post(form, {**old, "transcript": MINE}).context["form"].errors
    assert kept(recording) == THEIRS


def test_without_an_engine_the_page_says_so_and_starts_nothing(desk, recording):
    assert "语音识别还没有设置" in desk.get(address(recording)).content.decode()
    desk.post(address(recording, "recognise/"), {"language": "zh"})
    assert not Transcription.objects.exists()


def test_emil_asks_for_a_draft_watches_it_and_stops_it(desk, recording, parrot, emil):
    desk.post(address(recording, "recognise/"), {"language": "xx", "hint": "岩茶" * 500})
    row = Transcription.objects.get()
    assert (row.language, len(row.hint), row.asked_by) == ("zh", 200, emil)
    assert desk.get(address(recording, "progress/")).json()["isUnderWay"]
    assert "data-progress" in desk.get(address(recording)).content.decode()
    desk.post(address(recording, "stop/"))
    assert not desk.get(address(recording, "progress/")).json()["isUnderWay"]


def test_a_draft_is_opened_and_changes_nothing_until_it_is_saved(desk, recording, parrot):
    Transcription.objects.create(asset=recording, state="ready", draft=THEIRS)
    page = desk.get(address(recording, "?draft=1")).content.decode()
    assert "她先烫杯" in page
    assert f'value="{version(BEFORE)}"' in page
    assert kept(recording) == BEFORE


def test_the_title_and_the_teacher_are_what_is_listened_for(desk, parrot, recording, lesson, ada):
    type(lesson).objects.filter(pk=lesson.pk).update(audio=recording)
    page = desk.get(address(recording)).content.decode()
    assert f"{lesson.course.title}。{lesson.title}。{ada}。" in page


@pytest.mark.parametrize("name", ["cat", "ben", "ada", "olga"])
def test_whoever_does_not_edit_does_not_get_in(request, login, name, recording):
    person = request.getfixturevalue(name)
    welcome(person)
    client = login(person)
    for more in ("", "?draft=1", "progress/"):
        assert "先烫杯" not in client.get(address(recording, more), follow=True).content.decode()
    save(client, recording, MINE)
    client.post(address(recording, "recognise/"))
    assert (kept(recording), Transcription.objects.count()) == (BEFORE, 0)


def test_a_picture_has_no_words(desk):
    slide = Asset.objects.create(kind="image", title="课件", key="a/s.webp", mime="image/webp")
    assert desk.get(address(slide)).status_code == 404


def test_the_way_there_is_on_the_recording_and_on_its_lesson(desk, recording, ada, inner):
    assert address(recording) in desk.get(f"/admin/snippets/media/asset/edit/{recording.pk}/").content.decode()
    root = SchoolHome.get_first_root_node()
    home = root.add_child(instance=SchoolHome(title="书院", slug="school"))
    index = home.add_child(instance=CourseIndex(title="课程", slug="courses"))
    course = index.add_child(instance=CoursePage(title="茶", slug="tea", promise="会", instructor=ada, tier=inner))
    page = course.add_child(instance=LessonPage(title="水", slug="water", audio=recording))
    assert address(recording) in desk.get(f"/admin/pages/{page.pk}/edit/").content.decode()

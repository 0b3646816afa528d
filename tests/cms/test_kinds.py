"""Every kind of lesson: what its editor is told, what learners find, and what never reaches the others."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pages import publish
from wagtail.models import Page, Site

from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.models.lessons import NEEDS
from cms.staff import welcome
from cms.teaching import slide_times
from courses.hearing.report import Mark, Span
from courses.hearing.services import hear
from courses.hearing.ticket import Ticket
from courses.models import Completion, Lesson, Piece, Question
from media.models import Asset, Rendition

pytestmark = pytest.mark.once

Kind = Lesson.Kind


@pytest.fixture
def course_page(ada, inner):
    """Open to members of `inner`; ada teaches it."""
    site = Site.objects.get(is_default_site=True)
    home = publish(Page.objects.get(depth=1), SchoolHome(title="书院", slug="school"))
    site.root_page = home
    site.save()
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    return publish(index, CoursePage(title="茶", slug="tea", promise="会泡茶", instructor=ada, tier=inner))


def asset(name, kind=Asset.Kind.AUDIO, mime="audio/ogg", **facts):
    key = f"assets/{uuid.uuid4()}/original.{mime.rpartition('/')[2]}"
    return Asset.objects.create(
        kind=kind, title=name, key=key, mime=mime, **{"duration_ms": 60_000, "size": 12_345} | facts
    )


def paper(name, pages=3):
    deck = asset(name, Asset.Kind.FILE, "application/pdf", duration_ms=None)
    Rendition.objects.create(
        asset=deck, name="slides", state="ready", key=f"{deck.folder}/slides", mime="image/webp", facts={"pages": pages}
    )
    return deck


def clips(*sounds):
    return json.dumps(
        [{"type": "clip", "value": {"audio": sound.pk, "title": f"第{n}条"}} for n, sound in enumerate(sounds, 1)]
    )


def question(kind, **value):
    return {"type": kind, "id": str(uuid.uuid4()), "value": {"explanation": "水太烫", **value}}


def choose(*texts, right):
    items = [{"type": "item", "id": str(uuid.uuid4()), "value": {"text": t, "is_right": t in right}} for t in texts]
    return question("choice", prompt="绿茶用几度的水？", choices=items)


def lesson(course_page, kind, **facts):
    return publish(course_page, LessonPage(title="水", slug=f"l{kind}", kind=kind, **facts))


def shown(client, page):
    return client.get(page.url).content.decode()


def test_voice_clips_are_heard_in_their_order_by_members_and_nothing_of_them_reaches_a_stranger(
    login, course_page, ben, cat
):
    one, two = asset("一", transcript="WEBVTT\n\n00:00.000 --> 00:02.000\n先烫杯\n"), asset("二")
    page = lesson(course_page, Kind.CLIPS, clips=clips(one, two))
    said = shown(login(ben), page)
    assert said.index(one.url) < said.index(two.url)
    assert "先烫杯" in said
    said = shown(login(cat), page)
    assert one.url not in said
    assert "先烫杯" not in said
    for sound in (one, two):
        assert login(cat).get(sound.url).status_code == 404
        assert login(ben).get(sound.url).status_code == 302


def test_a_film_a_paper_and_slides_belong_to_those_who_may_open_the_lesson(login, course_page, ben, cat, dan):
    film = asset("片", Asset.Kind.VIDEO, "video/mp4", transcript="WEBVTT\n\n00:00.000 --> 00:02.000\n看手法\n")
    handout, deck, voice = asset("讲义", Asset.Kind.FILE, "application/pdf"), paper("课件"), asset("声")
    pages = {
        film: lesson(course_page, Kind.VIDEO, video=film),
        handout: lesson(course_page, Kind.FILE, handout=handout),
        deck: lesson(course_page, Kind.SLIDES, deck=deck, audio=voice, slide_lines="0:00\n0:20\n0:41"),
    }
    for thing, page in pages.items():
        there = [slide["url"] for slide in thing.slides()] or [thing.url]
        said = shown(login(ben), page)
        assert all(url in said for url in there)
        for stranger in (cat, dan):
            said = shown(login(stranger), page)
            assert not any(url in said for url in there)
            assert login(stranger).get(thing.url).status_code == 404
    assert "看手法" in shown(login(ben), pages[film])
    assert 'data-at="41000"' in shown(login(ben), pages[deck])
    assert "讲义" in shown(login(ben), pages[handout])


def test_a_film_goes_on_where_it_was_left_and_to_see_it_is_to_hear_it(login, course_page, ben, cat):
    page = lesson(course_page, Kind.VIDEO, video=asset("片", Asset.Kind.VIDEO, "video/mp4", duration_ms=60_000))
    ticket = Ticket(ben.pk, page.lesson.pk, timezone.now() - timedelta(minutes=5))
    hear(person=ben, ticket=ticket, spans=[Span("a", 0, 20_000, 0, 20_000)], place=Mark(20_000, 20_000))
    said = shown(login(ben), page)
    assert '"resume_ms": 20000' in said
    assert f'"ticket": "{ben.pk}.{page.lesson.pk}.' in said
    assert "ticket" not in shown(login(cat), page)
    hear(person=ben, ticket=ticket, spans=[Span("b", 20_000, 60_000, 20_000, 60_000)])
    assert Completion.objects.get(person=ben).lesson == page.lesson


def test_slides_without_times_are_spread_evenly_and_those_in_the_making_say_so(login, course_page, ben):
    page = lesson(course_page, Kind.SLIDES, deck=paper("课件", pages=4), audio=asset("声"))
    assert [slide["at"] for slide in page.lesson.slides()] == [0, 15_000, 30_000, 45_000]
    Rendition.objects.update(state="running")
    said = shown(login(ben), page)
    assert "课件还在处理" in said
    assert "data-dock" in said, "the voice can be heard meanwhile"


def test_a_draft_opens_nothing_and_what_is_taken_out_goes_back_to_the_staff(login, course_page, ben):
    old, new = asset("旧", Asset.Kind.VIDEO, "video/mp4"), asset("新", Asset.Kind.VIDEO, "video/mp4")
    page = lesson(course_page, Kind.VIDEO, video=old)
    page.video = new
    revision = page.save_revision()
    assert login(ben).get(old.url).status_code == 302
    assert login(ben).get(new.url).status_code == 404
    revision.publish()
    assert login(ben).get(old.url).status_code == 404
    assert login(ben).get(new.url).status_code == 302
    assert Piece.objects.get().asset == new


def test_a_lesson_that_becomes_another_kind_shows_only_what_belongs_to_it(login, course_page, ben):
    film = asset("片", Asset.Kind.VIDEO, "video/mp4")
    page = lesson(course_page, Kind.VIDEO, video=film)
    page.kind = Kind.TEXT
    page.save_revision().publish()
    assert not Piece.objects.exists()
    assert login(ben).get(film.url).status_code == 404


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.TEXT])
def test_an_editor_is_told_what_is_missing(course_page, kind):
    with pytest.raises(ValidationError) as refusal:
        LessonPage(title="空", slug="empty", kind=kind).full_clean(exclude=["path", "depth"])
    assert set(refusal.value.message_dict) == ({"deck", "audio"} if kind == Kind.SLIDES else {NEEDS[kind][0]})


def test_nothing_of_the_media_belongs_to_two_lessons(course_page):
    film = asset("片", Asset.Kind.VIDEO, "video/mp4")
    lesson(course_page, Kind.VIDEO, video=film)
    with pytest.raises(ValidationError, match="“片”已经用在别的小节里"):
        course_page.add_child(instance=LessonPage(title="又", slug="again", kind=Kind.VIDEO, video=film))


def test_the_same_sound_twice_in_a_lesson_is_refused_with_its_name(course_page):
    """Published, the page would stand there without its lesson."""
    one = asset("声音")
    with pytest.raises(ValidationError, match="用了两次"):
        course_page.add_child(instance=LessonPage(title="条", slug="c", kind=Kind.CLIPS, clips=clips(one, one)))


def test_a_film_is_no_voice_clip(course_page):
    film = asset("片", Asset.Kind.VIDEO, "video/mp4")
    with pytest.raises(ValidationError, match="“片”不是"):
        course_page.add_child(instance=LessonPage(title="条", slug="c", kind=Kind.CLIPS, clips=clips(film)))


@pytest.mark.parametrize("lines", ["0:00\n半分", "0:30\n0:20", "0:00\n0:00", "1:75"])
def test_times_that_cannot_be_are_refused_with_their_line(lines):
    with pytest.raises(ValidationError, match="行"):
        slide_times(lines)


def test_times_are_read_as_people_write_them():
    assert slide_times(" 0:00\n\n1:32\n1:02:10 ") == [0, 92_000, 3_730_000]


def test_questions_keep_their_identity_when_their_words_change(course_page):
    asked = choose("八十度", "一百度", right=["八十度"])
    page = lesson(
        course_page, Kind.QUIZ, questions=json.dumps([asked, question("truth", prompt="水越烫越好", is_true=False)])
    )
    before = {q.uid: q.pk for q in Question.objects.all()}
    asked["value"]["prompt"] = "泡绿茶用几度的水？"
    page.questions = json.dumps([asked])
    page.save_revision().publish()
    kept = Question.objects.get()
    assert (kept.uid, kept.pk) == (asked["id"], before[asked["id"]])
    assert kept.prompt == "泡绿茶用几度的水？"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (choose("八十度", "一百度", right=[]), "至少勾一个对的"),
        (choose("八十度", "八十度", right=["八十度"]), "一模一样"),
        (question("fill", prompt="水", accepted=" \n "), "要填"),
    ],
)
def test_a_question_nobody_can_answer_is_refused_where_it_stands(asked, said):
    stream = LessonPage._meta.get_field("questions").stream_block
    with pytest.raises(ValidationError) as refusal:
        stream.clean(stream.to_python([asked]))
    assert said in repr(refusal.value.as_json_data())


def test_the_form_of_a_new_lesson_begins_as_the_last_one_was(login, emil, course_page):
    welcome(emil)
    lesson(course_page, Kind.VIDEO, video=asset("片", Asset.Kind.VIDEO, "video/mp4"))
    form = login(emil).get(f"/admin/pages/add/cms/lessonpage/{course_page.pk}/").content.decode()
    assert '<option value="video" selected>' in form
    assert 'data-values="video"' in form
    assert "20:00" in form


def test_the_choosers_of_the_office_offer_what_fits_and_nobody_else(login, emil, cat, course_page):
    welcome(emil)
    asset("片子", Asset.Kind.VIDEO, "video/mp4"), asset("讲义", Asset.Kind.FILE, "application/pdf"), asset("声音")
    for address, there in (("audio", "声音"), ("video", "片子"), ("file", "讲义")):
        said = login(emil).get(f"/admin/{address}-chooser/").json()["html"]
        assert [name for name in ("声音", "片子", "讲义") if name in said] == [there]
        assert login(cat).get(f"/admin/{address}-chooser/").status_code == 302


def test_the_chooser_finds_by_title_and_says_what_is_used_and_where(login, emil, lesson):
    """The free ones stand first; what is used is still found, with its lesson."""
    welcome(emil)
    editor = login(emil)
    used = Asset.objects.create(kind="audio", title="水温 旧", key="a", mime="audio/ogg", duration_ms=61_000)
    Asset.objects.create(kind="audio", title="水温 新", key="b", mime="audio/ogg")
    Asset.objects.create(kind="audio", title="器具", key="c", mime="audio/ogg")
    Lesson.objects.filter(pk=lesson.pk).update(audio=used)

    all_of_them = editor.get("/admin/audio-chooser/").json()["html"]
    assert all_of_them.index("水温 新") < all_of_them.index("水温 旧")
    assert f"已用在“{lesson.title}”" in all_of_them
    assert "1:01" in all_of_them
    assert "/admin/uploads/" in all_of_them

    found = editor.get("/admin/audio-chooser/results/?q=水温").content.decode()
    assert ("水温 新" in found, "水温 旧" in found, "器具" in found) == (True, True, False)
    assert "没有找到" in editor.get("/admin/audio-chooser/results/?q=不在").content.decode()


def test_choosing_costs_no_more_queries_for_ten_than_for_one(login, emil, lesson, django_assert_max_num_queries):
    welcome(emil)
    editor = login(emil)
    editor.get("/admin/audio-chooser/")
    for number in range(10):
        Asset.objects.create(kind="audio", title=f"声 {number}", key=f"k{number}", mime="audio/ogg")
    with django_assert_max_num_queries(12):
        editor.get("/admin/audio-chooser/")

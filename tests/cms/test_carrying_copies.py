"""A course once more, its lessons as a table, its words replaced: emil does it, and what he may not is refused."""

import csv
import io
import json
import uuid
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pages import publish
from wagtail.models import Page

from cms.carrying import errors, services, tables
from cms.carrying.cloning import clone_course, first_day
from cms.carrying.reading import read_course
from cms.carrying.replacing import Search, find, replace_words
from cms.models import CourseIndex, CoursePage, LessonPage, Passage, SchoolHome
from cms.staff import welcome
from courses.models import Course, Lesson
from media.models import Asset
from media.services import keep
from media.store import store

VOICES = Path(__file__).resolve().parents[2] / "cms/demo"
WORDS = "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Ada>先烫杯\n"
NAMES = ["id", "title", "kind", "is_preview", "intro"]
EIGHT = datetime(2026, 5, 1, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))

pytestmark = pytest.mark.once


@pytest.fixture
def editor(emil):
    welcome(emil)
    return emil


@pytest.fixture
def tea(ada, inner):
    """Published: one lesson to hear, one live, one to read that links to the first."""
    home = Page.get_first_root_node().add_child(instance=SchoolHome(title="书院", slug="school"))
    index = home.add_child(instance=CourseIndex(title="课程", slug="courses"))
    page = publish(
        index, CoursePage(title="一盏茶", slug="tea", promise="会泡茶", instructor=ada, tier=inner, price="199")
    )
    sound = keep(data=VOICES / "tea-1-water.ogg", title="水", kind="audio", mime="audio/ogg", guard="staff")
    Asset.objects.update(transcript=WORDS)
    water = publish(page, LessonPage(title="水", slug="water", intro="先烫杯，再投茶", audio=sound))
    publish(page, LessonPage(title="同泡", slug="live", kind="live", starts_at=EIGHT))
    html = f'<p>先<a linktype="page" id="{water.pk}">烫杯</a>，杯子<b class="烫杯">要烫</b>：烫杯 &amp; 温杯</p>'
    body = json.dumps([{"type": "paragraph", "value": html}, {"type": "heading", "value": "烫杯"}])
    publish(page, LessonPage(title="读", slug="read", kind="text", body=body))
    return CoursePage.objects.get(pk=page.pk)


def lesson(slug):
    return LessonPage.objects.get(slug=slug)


def words_of(page):
    return page.get_latest_revision_as_object()


# Once more


def test_emil_copies_a_course_to_the_next_month_and_nothing_of_it_is_out(tea, editor, ben):
    tea.course.cohorts.create(name="早班")
    new = clone_course(page=tea, by=editor, days=31)
    assert (new.title, new.slug, new.live, new.price, new.tier) == (
        "一盏茶（副本）",
        "tea-2",
        False,
        tea.price,
        tea.tier,
    )
    lessons = LessonPage.objects.child_of(new).order_by("path")
    assert [(page.title, page.live, page.lesson) for page in lessons] == [
        ("水", False, None), ("同泡", False, None), ("读", False, None),
    ]  # fmt: skip
    assert lessons[1].starts_at == datetime(2026, 6, 1, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert new.course is None
    assert Course.objects.count() == 1
    assert lesson_link(lessons[2]) == lessons[0].pk


def lesson_link(page):
    return int(page.body.raw_data[0]["value"].partition('id="')[2].partition('"')[0])


def test_a_copy_has_a_sound_of_its_own_that_can_be_published_beside_the_old_one(tea, editor):
    new = clone_course(page=tea, by=editor)
    old, copied = _first(tea).audio, _first(new).audio
    assert copied != old
    assert (copied.title, copied.transcript, copied.guard) == (old.title, WORDS, "staff")
    assert store().read(key=copied.key) == store().read(key=old.key)
    new.get_latest_revision().publish()
    _first(new).get_latest_revision().publish()
    assert Lesson.objects.filter(audio__in=[old, copied]).count() == 2


def _first(page):
    return page.get_children().first().specific


def test_copied_twice_the_second_has_an_address_of_its_own(tea, editor):
    assert [clone_course(page=tea, by=editor).slug for _ in "ab"] == ["tea-2", "tea-3"]


def test_who_may_not_edit_copies_nothing(tea, ada, olga):
    for person in (ada, olga):
        with pytest.raises(errors.NotYours):
            clone_course(page=tea, by=person)
    assert CoursePage.objects.count() == 1


def test_emil_says_the_new_first_day_at_his_desk(login, tea, editor):
    assert str(first_day(read_course(tea))) == "2026-05-01"
    desk, address = login(editor), f"/admin/courses/{tea.pk}/copy/"
    assert "2026" in desk.get(address).content.decode()
    assert desk.post(address, {"title": "茶二", "starts_on": "2026-09-01", "days": "3"}).status_code == 422
    desk.post(address, {"title": "茶二", "starts_on": "2026-09-01", "days": ""})
    new = CoursePage.objects.get(title="茶二")
    assert LessonPage.objects.child_of(new).get(slug="live").starts_at.date().isoformat() == "2026-09-01"


def test_wagtails_own_copy_is_no_page_of_the_old_course(tea):
    new = tea.copy(recursive=False, update_attrs={"slug": "again", "title": "又一盏"}, keep_live=False)
    assert (new.course, CoursePage.objects.get(pk=tea.pk).course) == (None, tea.course)


# As a table


def table(page):
    """The table as rows of cells by their heads."""
    head, *rows = tables.lines(page)
    return [dict(zip(head, row, strict=True)) for row in rows]


def written(rows, encoding="utf-8-sig", heads=None):
    whole = io.StringIO()
    out = csv.writer(whole)
    heads = heads or list(rows[0])
    out.writerows([heads, *([row.get(name, "") for name in heads] for row in rows)])
    return whole.getvalue().encode(encoding)


def looked_at(page, data, by):
    return services.preview(coming=services.read_table(data=data, page=page), by=by)


def taken(page, data, by):
    return services.carry_in(coming=services.read_table(data=data, page=page), by=by)


def wrong(page, data):
    with pytest.raises(errors.BadPackage) as refused:
        services.read_table(data=data, page=page)
    return refused.value.sentences


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
def test_a_table_that_comes_back_as_it_went_changes_nothing(tea, editor, encoding):
    assert looked_at(tea, written(table(tea), encoding), editor).diff.is_empty


def test_emil_changes_cells_and_adds_a_lesson_and_repeating_it_changes_nothing(tea, editor):
    rows = [{name: by_label[named(name)] for name in NAMES} for by_label in table(tea)]
    rows[0] |= {"intro": "水是茶之母", "is_preview": "是"}
    rows.append({"title": "火候", "kind": "图文"})
    data = written(rows, "gb18030", NAMES)
    found = looked_at(tea, data, editor).diff
    assert [page.state for page in found.lessons] == ["changed", "same", "same", "new"]
    taken(tea, data, editor)
    assert (words_of(lesson("water")).intro, words_of(lesson("water")).is_preview) == ("水是茶之母", True)
    assert words_of(lesson("water")).audio is not None
    assert not LessonPage.objects.get(title="火候").live
    assert looked_at(tea, data, editor).diff.is_empty


def named(name):
    """What the table calls a field."""
    return next((tables.heading(row) for row in tables.columns() if row.name == name), name)


def test_everything_that_is_wrong_is_said_by_row_and_column(tea):
    rows = [
        {"id": str(lesson("water").translation_key), "title": "", "kind": "戏曲", "starts_at": "明天", "audio": ""},
        {"id": "no", "title": "水", "kind": "text", "starts_at": "", "audio": "没有的"},
        {
            "id": str(lesson("read").translation_key),
            "title": "长" * 300,
            "kind": "text",
            "starts_at": "",
            "audio": "水",
        },
    ]
    said = wrong(tea, written(rows))
    for place in (
        "第 2 行，形式",
        "第 2 行，开讲时间",
        "第 3 行，id",
        "第 3 行，音频",
        "第 4 行，音频：这份素材已经用在别的小节里",
    ):
        assert any(sentence.startswith(place) for sentence in said), (place, said)
    assert len(said) == 7


def test_a_table_that_is_none_is_refused(tea):
    assert "不认识的列：colour" in wrong(tea, written([{"colour": "red"}]))[0]
    assert "出现了两次" in wrong(tea, b"title,title\n")[0]
    assert "编码" in wrong(tea, b"\xff\x00\x81\xff")[0]
    assert "空的" in wrong(tea, b"")[0]


def test_a_formula_is_harmless_outside_and_itself_again_inside(login, tea, editor):
    page = lesson("water")
    for intro in ("=HYPERLINK(1)", "'=1", "-3 度", "@茶"):
        page.intro = intro
        page.save_revision().publish()
        response = login(editor).get(f"/admin/courses/{tea.pk}/tables/lessons.csv")
        data = b"".join(response.streaming_content)
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        assert all(cell[:1] not in ("=", "+", "-", "@") for row in rows for cell in row)
        assert looked_at(tea, data, editor).diff.is_empty


def test_emil_sends_a_table_looks_and_says_yes(login, tea, editor):
    desk, address = login(editor), f"/admin/courses/{tea.pk}/tables/"
    rows = [{"id": str(lesson("water").translation_key), "intro": "新的导语"}]
    sent = SimpleUploadedFile("lessons.csv", written(rows), "text/csv")
    parcel = desk.post(address, {"lessons-file": sent}).url
    page = desk.get(parcel)
    assert "新的导语" in page.content.decode()
    desk.post(parcel, {"seen": page.context["found"].seen})
    assert words_of(lesson("water")).intro == "新的导语"


# Its words


def keys(page, words):
    return {(hit.title, hit.label, hit.word): hit.key for hit in find(page=page, search=Search(words))[0]}


def replaced(page, words, new, by, *, only=None):
    hits, seen = find(page=page, search=Search(words))
    chosen = {hit.key for hit in hits if only is None or only(hit)}
    return replace_words(page=page, search=Search(words, new), chosen=chosen, seen=seen, by=by)


def test_every_place_is_found_and_no_tag_or_time_is(tea):
    hits, _ = find(page=tea, search=Search("烫杯"))
    assert sorted((hit.title, hit.before) for hit in hits) == [
        ("水", "先"), ("水", "先"), ("读", ""), ("读", ""), ("读", "："),
    ]  # fmt: skip
    assert find(page=tea, search=Search("Ada"))[0] == []
    assert find(page=tea, search=Search("00:0"))[0] == []
    assert find(page=tea, search=Search("linktype"))[0] == []


def test_published_pages_are_published_again_and_tags_stay_whole(tea, editor):
    done = replaced(tea, "烫杯", "温<杯>", editor)
    assert (done.pages, done.drafts) == (2, [])
    water, read = lesson("water"), lesson("read")
    assert (water.live, water.has_unpublished_changes, water.intro) == (True, False, "先温<杯>，再投茶")
    assert Asset.objects.get().transcript == WORDS.replace("烫杯", "温&lt;杯&gt;")
    assert not Passage.objects.filter(page=water.pk, text__contains="烫杯").exists()  # search has heard of it
    html = read.body.raw_data[0]["value"]
    assert f'<a linktype="page" id="{water.pk}">温&lt;杯&gt;</a>' in html
    assert html.endswith("<b>要烫</b>：温&lt;杯&gt; &amp; 温杯</p>")
    assert read.body.raw_data[1]["value"] == "温<杯>"


def test_only_what_is_ticked_is_replaced(tea, editor):
    replaced(tea, "烫杯", "温杯", editor, only=lambda hit: hit.before.endswith("："))
    html = lesson("read").body.raw_data[0]["value"]
    assert html.count("温杯") == 2
    assert ">烫杯</a>" in html
    assert lesson("water").intro == "先烫杯，再投茶"


def test_a_draft_stays_a_draft_and_the_revision_before_is_there(tea, editor):
    water = lesson("water")
    before = water.latest_revision
    water.intro = "烫杯三遍"
    water.save_revision()
    done = replaced(tea, "烫杯", "温杯", editor, only=lambda hit: hit.after.startswith("三遍"))
    water.refresh_from_db()
    assert (done.drafts, water.intro, words_of(water).intro) == (["水"], "先烫杯，再投茶", "温杯三遍")
    before.as_object().save_revision(previous_revision=before)
    assert words_of(lesson("water")).intro == "先烫杯，再投茶"


def test_what_no_longer_fits_is_refused_whole(tea, editor):
    with pytest.raises(errors.BadPackage, match="水，导语"):
        replaced(tea, "烫杯", "杯" * 161, editor)
    assert lesson("read").body.raw_data[1]["value"] == "烫杯"


def test_nothing_ticked_and_a_course_changed_meanwhile_are_said(tea, editor, olga):
    with pytest.raises(errors.BadPackage, match="没有选"):
        replaced(tea, "烫杯", "温杯", editor, only=lambda hit: False)
    hits, seen = find(page=tea, search=Search("烫杯"))
    lesson("live").save_revision()
    water = lesson("water")
    water.intro = "改了"
    water.save_revision()
    chosen = {hit.key for hit in hits}
    with pytest.raises(errors.Stale):
        replace_words(page=tea, search=Search("烫杯", "温杯"), chosen=chosen, seen=seen, by=editor)
    with pytest.raises(errors.NotYours):
        replaced(tea, "烫杯", "温杯", olga)


def test_words_of_a_quiz_are_replaced_also_where_a_form_has_saved_its_choices(tea, editor):
    """Then each choice has an identity of its own, which stays."""
    choices = [
        {"type": "item", "id": str(uuid.uuid4()), "value": {"text": text, "is_right": text == "先温壶"}}
        for text in ("先温壶", "直接泡")
    ]
    asked = {"prompt": "温壶做什么", "explanation": "", "choices": choices}
    questions = [{"type": "choice", "id": str(uuid.uuid4()), "value": asked}]
    publish(tea, LessonPage(title="小测", slug="quiz", kind="quiz", questions=json.dumps(questions)))
    assert replaced(tea, "温壶", "暖壶", editor).pages == 1
    (question,) = lesson("quiz").questions
    assert question.value["prompt"] == "暖壶做什么"
    assert [one["text"] for one in question.value["choices"]] == ["先暖壶", "直接泡"]
    assert [bound.id for bound in question.value["choices"].bound_blocks] == [one["id"] for one in choices]


def test_emil_replaces_words_at_his_desk(login, tea, editor):
    desk, address = login(editor), f"/admin/courses/{tea.pk}/words/"
    page = desk.get(address, {"words": "烫杯", "new": "温杯"})
    asked = {"words": "烫杯", "new": "温杯", "seen": page.context["seen"]}
    assert desk.post(address, asked).status_code == 422
    desk.post(address, asked | {"hit": [hit.key for hit in page.context["hits"]]})
    assert lesson("water").intro == "先温杯，再投茶"
    assert "一处也没有" in desk.get(address, {"words": "烫杯"}).content.decode()


def test_who_writes_no_pages_finds_no_way(login, tea, olga):
    welcome(olga)
    for way in ("copy/", "tables/", "tables/lessons.csv", "words/"):
        assert login(olga).get(f"/admin/courses/{tea.pk}/{way}").url == "/admin/"

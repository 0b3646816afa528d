"""A whole course carried out of the school and in again: by emil, who edits; never by who may not."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from PIL import Image as Drawing
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from cms.carrying import errors, services
from cms.carrying.blocks import is_carried
from cms.carrying.fields import LEFT_OUT, table
from cms.carrying.packing import streamed
from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome
from media.models import Asset
from media.services import keep
from media.store import store

VOICES = Path(__file__).resolve().parents[2] / "cms/demo"
WORDS = "WEBVTT\n\n00:00.000 --> 00:02.000\n先烫杯\n"

pytestmark = pytest.mark.once


@pytest.fixture
def index(db):
    home = Page.get_first_root_node().add_child(instance=SchoolHome(title="书院", slug="school"))
    return home.add_child(instance=CourseIndex(title="课程", slug="courses"))


@pytest.fixture
def editor(emil):
    welcome(emil)
    return emil


def voice(name, title):
    asset = keep(data=VOICES / f"{name}.ogg", title=title, kind="audio", mime="audio/ogg", guard="staff")
    Asset.objects.filter(pk=asset.pk).update(transcript=WORDS)
    return asset


def picture():
    data = io.BytesIO()
    Drawing.new("RGB", (64, 48), "teal").save(data, "PNG")
    return get_image_model().objects.create(title="茶席", file=ContentFile(data.getvalue(), name="tea.png"))


def handout():
    return get_document_model().objects.create(title="讲义", file=ContentFile(b"%PDF-1.4 tea", name="tea.pdf"))


@pytest.fixture
def tea(index, ada, inner):
    """A published course: one lesson to hear, one to read that links to it."""
    page = index.add_child(
        instance=CoursePage(title="一盏茶", slug="tea", promise="会泡茶", instructor=ada, tier=inner, price="199.00")
    )
    page.save_revision().publish()
    water = page.add_child(
        instance=LessonPage(title="水", slug="water", intro="先认识水", audio=voice("tea-1-water", "水"))
    )
    water.save_revision().publish()
    link = f'<p>先听<a linktype="page" id="{water.pk}">水</a>，再<b>烫杯</b></p>'
    body = [
        ("paragraph", link),
        ("picture", picture()),
        ("file", handout()),
        ("points", {"title": "记", "points": ["水温", "时间"]}),
    ]
    read = page.add_child(instance=LessonPage(title="读", slug="read", kind="text"))
    read.body = json.dumps([{"type": kind, "value": raw(value)} for kind, value in body])
    read.save_revision().publish()
    return CoursePage.objects.get(pk=page.pk)


def raw(value):
    return getattr(value, "pk", value)


def sent(page, by=None, **changes):
    """The zip of a course; `changes` are texts of it to be put in place of what it has."""
    whole = io.BytesIO(b"".join(streamed(services.export_course(page=page, by=by, now=False))))
    return rezipped(whole, changes) if changes else whole


def rezipped(whole, changes):
    with zipfile.ZipFile(whole) as old:
        texts = {name: old.read(name) for name in old.namelist() if name != "SHA256SUMS"}
    texts |= changes
    return zipped({name: data for name, data in texts.items() if data is not None})


def zipped(texts):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in texts.items():
            new.writestr(name, data)
    return whole


def edited(page, name, **facts):
    """The zip of a course with some facts of one of its files changed."""
    with zipfile.ZipFile(sent(page)) as old:
        told = json.loads(old.read(name))
    (told["course"] if name == "course.json" else told).update(facts)
    return sent(page, **{name: json.dumps(told)})


def carried(whole, by, **how):
    with services.opened(file=whole, by=by) as coming:
        return services.carry_in(coming=coming, by=by, **how)


def looked_at(whole, by):
    with services.opened(file=whole, by=by) as coming:
        return services.preview(coming=coming, by=by)


def emptied():
    """Another school: nothing of the course is left in it."""
    Page.objects.type((CoursePage, LessonPage)).delete()
    for page in CoursePage.objects.all():
        page.delete()
    Asset.objects.all().delete()
    get_image_model().objects.all().delete()
    get_document_model().objects.all().delete()


def names(whole):
    with zipfile.ZipFile(whole) as found:
        return found.namelist()


def test_every_field_of_a_course_and_a_lesson_is_carried_or_left_out_by_name():
    for model in (CoursePage, LessonPage):
        known = {row.name for row in table(model)} | LEFT_OUT.keys()
        assert {field.name for field in (*model._meta.concrete_fields, *model._meta.many_to_many)} <= known
        for field in model._meta.fields:
            assert is_carried(field.stream_block) if hasattr(field, "stream_block") else True


def test_emil_carries_out_a_course_with_its_sound_its_words_and_its_pictures(tea, editor):
    whole = sent(tea, editor)
    assert names(whole) == [
        "README.txt", "course.json", "lessons/01-water.json", "lessons/02-read.json", "transcripts/01-water.vtt",
        "media/01-water.ogg", "pictures/02-read.png", "files/02-read.pdf", "SHA256SUMS",
    ]  # fmt: skip
    with zipfile.ZipFile(whole) as found:
        assert found.read("media/01-water.ogg") == (VOICES / "tea-1-water.ogg").read_bytes()
        course = json.loads(found.read("course.json"))["course"]
        assert (course["title"], course["price"], course["tier"]["slug"]) == ("一盏茶", "199.00", "inner")
        assert found.read("transcripts/01-water.vtt").decode() == WORDS


def test_carrying_out_twice_gives_the_same_bytes(tea, editor):
    assert sent(tea, editor).getvalue() == sent(tea, editor).getvalue()


def test_a_draft_is_carried_as_its_editors_see_it(tea, editor):
    lesson = LessonPage.objects.get(slug="water")
    lesson.title = "水（改）"
    lesson.save_revision()
    with zipfile.ZipFile(sent(tea, editor)) as found:
        assert json.loads(found.read("lessons/01-water.json"))["title"] == "水（改）"


def test_who_may_not_edit_the_page_carries_nothing_out(tea, ada, cat, olga):
    for person in (ada, cat, olga):
        with pytest.raises(errors.NotYours):
            services.export_course(page=tea, by=person)


def test_into_an_empty_school_and_out_again_it_is_the_same_course(tea, editor):
    whole = sent(tea)
    emptied()
    assert looked_at(whole, editor).diff.counts == {"new": 3, "changed": 0, "missing": 0, "same": 0}
    assert not CoursePage.objects.exists()
    page = carried(whole, editor)
    assert not page.live
    assert not LessonPage.objects.live().exists()
    assert sent(page).getvalue() == whole.getvalue()
    asset = Asset.objects.get()
    assert (asset.guard, asset.transcript) == ("staff", WORDS)
    assert store().read(key=asset.key) == (VOICES / "tea-1-water.ogg").read_bytes()


def test_carried_in_again_nothing_changes(tea, editor):
    whole = sent(tea)
    before = Page.objects.values_list("pk", "latest_revision_id"), Asset.objects.count()
    assert looked_at(whole, editor).diff.is_empty
    carried(whole, editor)
    assert (Page.objects.values_list("pk", "latest_revision_id").count(), Asset.objects.count()) == (
        before[0].count(),
        before[1],
    )
    assert list(Page.objects.values_list("pk", "latest_revision_id")) == list(before[0])


def test_what_is_new_changed_missing_and_the_same_is_said_lesson_by_lesson(tea, editor):
    new = json.dumps({"title": "火候", "kind": "text"})
    with zipfile.ZipFile(edited(tea, "lessons/01-water.json", intro="水是茶之母")) as found:
        texts = {name: found.read(name) for name in found.namelist()}
    head = json.loads(texts["course.json"])
    head["lessons"] = ["lessons/01-water.json", "lessons/03-heat.json"]
    whole = zipped({**texts, "course.json": json.dumps(head), "lessons/03-heat.json": new})
    found = looked_at(whole, editor).diff
    assert [(page.title, page.state) for page in found.pages] == [
        ("一盏茶", "same"), ("水", "changed"), ("火候", "new"), ("读", "missing"),
    ]  # fmt: skip
    (change,) = found.lessons[0].changes
    assert (change.name, change.old, change.new) == ("intro", "先认识水", "水是茶之母")
    carried(whole, editor)
    assert [page.title for page in LessonPage.objects.order_by("path")] == ["水", "火候", "读"]
    water = LessonPage.objects.get(slug="water")
    assert water.live
    assert (water.intro, water.get_latest_revision_as_object().intro) == ("先认识水", "水是茶之母")


def test_who_changed_it_meanwhile_is_not_overwritten(tea, editor):
    whole = edited(tea, "course.json", promise="泡得好")
    seen = looked_at(whole, editor).seen
    tea.promise = "喝得好"
    tea.save_revision()
    with pytest.raises(errors.Stale):
        carried(whole, editor, seen=seen)
    again = looked_at(whole, editor)
    assert [(change.old, change.new) for change in again.diff.course.changes] == [("喝得好", "泡得好")]
    carried(whole, editor, seen=again.seen)
    assert CoursePage.objects.get().get_latest_revision_as_object().promise == "泡得好"


def test_who_may_not_edit_carries_nothing_in(tea, ada, olga):
    whole = sent(tea)
    for person in (ada, olga):
        with pytest.raises(errors.NotYours):
            looked_at(whole, person)
        with pytest.raises(errors.NotYours):
            carried(whole, person)


def test_a_locked_page_stays_as_it_is(tea, editor, otto):
    whole = edited(tea, "course.json", promise="泡得好")
    LessonPage.objects.filter(slug="read").update(locked=True, locked_by=otto)
    with pytest.raises(errors.Locked):
        carried(whole, editor)

"""Clips that became one sound, as their editor sees them and as a search finds them."""

import json
import uuid

import pytest
from pages import publish
from wagtail.models import Page, Site

from cms.models import CourseIndex, CoursePage, LessonPage, Passage, SchoolHome
from cms.staff import welcome
from media.models import Asset, Join
from media.signals import joined

pytestmark = pytest.mark.once


def sound(name, said="", **facts):
    key = f"assets/{uuid.uuid4()}/original.ogg"
    text = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{said}\n" if said else ""
    facts = {"kind": "audio", "mime": "audio/ogg", "duration_ms": 60_000} | facts
    return Asset.objects.create(title=name, key=key, transcript=text, **facts)


@pytest.fixture
def page(ada, inner, django_capture_on_commit_callbacks):
    """A lesson of two clips, published."""
    home = publish(Page.objects.get(depth=1), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    course = publish(index, CoursePage(title="茶", slug="tea", promise="会泡茶", instructor=ada, tier=inner))
    clips = [sound("一", "先烫杯"), sound("二", "再投茶")]
    value = [{"type": "clip", "value": {"audio": one.pk, "title": f"题{n}"}} for n, one in enumerate(clips, 1)]
    with django_capture_on_commit_callbacks(execute=True):
        return publish(course, LessonPage(title="水", slug="water", kind="clips", clips=json.dumps(value)))


@pytest.fixture
def join(page):
    """Made, as the worker makes it."""
    row = Join.objects.get()
    row.asset = sound("水", is_made=True, guard=row.guard, guarded_id=row.guarded_id)
    row.made_of = [[pk, n * 60_000, (n + 1) * 60_000] for n, pk in enumerate(row.parts)]
    row.state = Join.State.READY
    row.save()
    joined.send(sender=Join, join=row)
    return row


def seen(login, emil, page):
    welcome(emil)
    return login(emil).get(f"/admin/pages/{page.pk}/edit/").content.decode()


def test_what_is_said_in_clips_is_found_once_and_at_its_place_in_the_whole(page, join):
    found = [passage for passage in Passage.objects.filter(is_gated=True) if "再投茶" in passage.text]
    assert [passage.times for passage in found] == [[1000, 61_000]]
    assert Passage.objects.filter(text="题1").count() == 1


def test_before_they_are_joined_their_words_are_found_all_the_same(page):
    assert [passage.times for passage in Passage.objects.all() if "再投茶" in passage.text] == [[]]


def test_the_editor_is_told_how_far_it_is_and_which_clip_is_in_the_way(login, emil, page):
    assert "学员一条一条地听" in seen(login, emil, page)
    Join.objects.update(state="running", progress=40)
    assert 'value="40"' in seen(login, emil, page)
    one = Asset.objects.get(title="一")
    Join.objects.update(state="failed", error="第 1 条“一”接不上：坏了", spoilt=one)
    assert "第 1 条“一”接不上：坏了" in seen(login, emil, page)
    assert "第 1 条“一”接不上：坏了" in login(emil).get(f"/admin/snippets/media/asset/edit/{one.pk}/").content.decode()


def test_when_it_is_there_the_editor_knows_and_cannot_take_it_for_a_recording(login, emil, page, join):
    assert "已经接成一段，共 1:00" in seen(login, emil, page)
    listed = login(emil).get("/admin/snippets/media/asset/").content.decode()
    offered = login(emil).get("/admin/audio-chooser/").json()["html"]
    for said in (listed, offered):
        assert f"/{join.parts[0]}/" in said
        assert f"/{join.asset.pk}/" not in said

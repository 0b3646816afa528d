"""Editors see what became of what they uploaded, and can have it made again."""

import pytest

from media.models import Asset, Rendition
from media.services import keep

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST = "/admin/snippets/media/asset/"


@pytest.fixture
def editor(client, emil):
    from cms.staff import welcome

    welcome(emil)
    client.force_login(emil, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def film():
    asset = Asset.objects.create(kind="video", title="茶席", key="assets/x/original.mp4", mime="video/mp4", size=9)
    for name, state, more in (
        ("poster", "ready", {"progress": 100}),
        ("hls", "running", {"progress": 40}),
        ("peaks", "failed", {"error": "转码超出了限制"}),
    ):
        Rendition.objects.create(asset=asset, name=name, state=state, mime="x", **more)
    return asset


def test_the_list_holds_every_kind_and_can_be_narrowed(editor, film):
    note = keep(data="讲义".encode(), title="讲义", kind="file", mime="", guard="staff")
    Asset.objects.create(kind="image", title="现场的一页", key="p", mime="image/webp", guard="slide")
    page = editor.get(LIST).content.decode()
    assert all(word in page for word in (film.title, note.title, "视频", "1 项失败"))
    assert "现场的一页" not in page
    narrowed = editor.get(f"{LIST}?kind=file").content.decode()
    assert note.title in narrowed
    assert film.title not in narrowed


def test_the_page_of_a_film_tells_how_far_it_is_and_why_something_failed(editor, film):
    page = editor.get(f"{LIST}edit/{film.pk}/").content.decode()
    assert all(word in page for word in ("40%", "转码超出了限制", "再试一次", "还没有用到", "下载原文件"))
    told = editor.get(f"/admin/material/{film.pk}/forms/")
    assert "data-unsettled" in told.content.decode()
    assert "no-store" in told["Cache-Control"]


def test_trying_again_orders_what_failed(editor, film, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as ordered:
        answer = editor.post(f"/admin/material/{film.pk}/retry/")
    assert answer["Location"] == f"{LIST}edit/{film.pk}/"
    assert film.renditions.get(name="peaks").state == "waiting"
    assert film.renditions.get(name="hls").state == "running"
    assert ordered


def test_where_a_recording_is_used_is_told(editor, film, lesson):
    lesson.audio = film
    lesson.save()
    assert f"{lesson.course.title} · {lesson.title}" in editor.get(f"{LIST}edit/{film.pk}/").content.decode()


def test_only_editors_look_and_nobody_retries_by_a_link(editor, client, film, olga):
    assert editor.get(f"/admin/material/{film.pk}/retry/").status_code == 405
    client.force_login(olga, backend="django.contrib.auth.backends.ModelBackend")
    for answer in (client.get(f"/admin/material/{film.pk}/forms/"), client.post(f"/admin/material/{film.pk}/retry/")):
        assert answer.status_code in {302, 403}
    assert film.renditions.get(name="peaks").state == "failed"

"""Carrying courses from the office and from the command line: the same verbs, and a sentence for every refusal."""

import io
import json
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from wagtail.models import Page

from cms.carrying import services
from cms.carrying.tasks import carry
from cms.models import CourseIndex, CoursePage, LessonPage, Parcel, SchoolHome
from cms.staff import welcome
from media.models import Asset
from media.services import keep
from media.store import store

VOICES = Path(__file__).resolve().parents[2] / "cms/demo"
NEW = "/admin/courses/carry-in/"

pytestmark = pytest.mark.once


@pytest.fixture
def editor(login, emil):
    """emil at his desk."""
    welcome(emil)
    return login(emil)


@pytest.fixture
def tea(ada, db):
    home = Page.get_first_root_node().add_child(instance=SchoolHome(title="书院", slug="school"))
    index = home.add_child(instance=CourseIndex(title="课程", slug="courses"))
    page = index.add_child(
        instance=CoursePage(title="一盏茶", slug="tea", promise="会泡茶", instructor=ada, is_free=True)
    )
    page.add_child(instance=LessonPage(title="水", slug="water", kind="text", live=False))
    page.save_revision().publish()
    return page


def downloaded(client, page):
    return b"".join(client.get(f"/admin/courses/{page.pk}/carry-out/").streaming_content)


def changed(whole, **facts):
    """The package with other facts of its course."""
    again = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(again, "w") as new:
        for name in old.namelist():
            told = json.loads(old.read(name)) if name == "course.json" else None
            if told:
                told["course"].update(facts)
            if name != "SHA256SUMS":
                new.writestr(name, json.dumps(told) if told else old.read(name))
    return again.getvalue()


def send(client, data, address=NEW):
    return client.post(address, {"file": SimpleUploadedFile("tea.zip", data, "application/zip")})


def seen(page):
    return {"seen": page.context["found"].seen}


def test_emil_finds_the_ways_out_and_in_on_the_page_of_the_course(editor, tea):
    page = editor.get(f"/admin/pages/{tea.pk}/").content.decode()
    assert f"/admin/courses/{tea.pk}/carry-out/" in page
    assert f"/admin/courses/{tea.pk}/carry-in/" in page
    assert NEW in editor.get(f"/admin/pages/{tea.get_parent().pk}/").content.decode()


def test_a_course_is_copied_our_way_and_a_lesson_as_a_draft(editor, tea):
    """Wagtail's own copy would publish a sound that belongs to another lesson."""
    assert editor.get(f"/admin/pages/{tea.pk}/copy/").url == f"/admin/courses/{tea.pk}/copy/"
    water = tea.get_children().get()
    at = f"/admin/pages/{water.pk}/copy/"
    form = {"new_title": "水二", "new_slug": "water2", "new_parent_page": tea.pk, "copy_subpages": ""}
    for more in ({"publish_copies": "on"}, {"alias": "on"}):
        assert "先复制成草稿" in editor.post(at, form | more, follow=True).content.decode()
    assert tea.get_children().count() == 1
    editor.post(at, form)
    assert LessonPage.objects.get(slug="water2").live is False


def test_emil_takes_a_course_home_changes_it_looks_and_says_yes(editor, tea):
    whole = changed(downloaded(editor, tea), promise="泡得好")
    parcel = send(editor, whole, f"/admin/courses/{tea.pk}/carry-in/").url
    page = editor.get(parcel)
    assert "泡得好" in page.content.decode()
    assert CoursePage.objects.get().get_latest_revision_as_object().promise == "会泡茶"
    assert editor.post(parcel, seen(page)).url == f"/admin/pages/{tea.pk}/?ordering=ord"
    assert CoursePage.objects.get().get_latest_revision_as_object().promise == "泡得好"
    assert "导入好了" in editor.get(parcel).content.decode()
    assert store().keys(prefix="parcels/") == []


def test_saying_yes_twice_is_saying_yes_once(editor, tea):
    parcel = send(editor, changed(downloaded(editor, tea), promise="泡得好")).url
    page = editor.get(parcel)
    editor.post(parcel, seen(page))
    latest = CoursePage.objects.get().latest_revision_id
    editor.post(parcel, seen(page))
    assert CoursePage.objects.get().latest_revision_id == latest


def test_what_was_changed_since_is_compared_anew(editor, tea):
    parcel = send(editor, changed(downloaded(editor, tea), promise="泡得好")).url
    page = editor.get(parcel)
    tea.promise = "喝得好"
    tea.save_revision()
    again = editor.post(parcel, seen(page), follow=True)
    assert "又被改过" in again.content.decode()
    assert "喝得好" in again.content.decode()
    editor.post(parcel, seen(again))
    assert CoursePage.objects.get().get_latest_revision_as_object().promise == "泡得好"


def test_what_is_wrong_is_said_and_another_file_may_be_sent(editor, tea):
    page = editor.get(send(editor, b"<html>").url)
    assert page.status_code == 422
    assert "不是能打开的 zip" in page.content.decode()
    assert editor.post(NEW, {}).status_code == 422


def test_emil_changes_his_mind_and_nothing_stays(editor, tea):
    parcel = send(editor, downloaded(editor, tea)).url
    editor.post(parcel, {"forget": "1"})
    assert not Parcel.objects.exists()
    assert store().keys(prefix="parcels/") == []


def test_what_is_big_is_carried_by_the_worker(editor, tea, monkeypatch):
    monkeypatch.setattr("cms.carrying.views.back.AT_ONCE", 0)
    address = send(editor, changed(downloaded(editor, tea), promise="泡得好")).url
    page = editor.get(address)
    editor.post(address, seen(page))
    waiting = editor.get(address)
    assert (waiting["Refresh"], waiting.status_code) == ("2", 200)
    carry.call(Parcel.objects.get().pk, page.context["found"].seen)
    assert CoursePage.objects.get().get_latest_revision_as_object().promise == "泡得好"
    assert Parcel.objects.get().state == Parcel.State.DONE


def test_nobody_carries_what_somebody_else_sent(client, login, editor, tea, otto):
    parcel = send(editor, downloaded(editor, tea)).url
    assert login(otto).get(parcel).status_code == 404
    assert login(otto).get(f"{NEW}{uuid4()}/").status_code == 404


def test_who_writes_no_pages_finds_no_way(login, olga, tea, cat):
    welcome(olga)
    for address in (NEW, f"/admin/courses/{tea.pk}/carry-out/", f"/admin/courses/{tea.pk}/carry-in/"):
        assert login(olga).get(address).url == "/admin/"
        assert "/accounts/login/" in login(cat).get(address).url
    assert not Parcel.objects.exists()


def test_an_interrupted_try_is_taken_up_where_it_stopped(emil, tea, tmp_path):
    welcome(emil)
    parcel = services.receive(path=_voiced(tmp_path), name="x.zip", kind="course", by=emil)
    assert services.begin(parcel=parcel)
    assert not services.begin(parcel=parcel)
    kept = keep(data=VOICES / "tea-1-water.ogg", title="水", kind="audio", mime="audio/ogg", guard="staff")
    gone = parcel.heard_at - services.SILENT * 2  # the machine died here, and nobody cleaned
    Parcel.objects.update(kept=[str(kept.uuid)], heard_at=gone)
    assert services.begin(parcel=parcel)
    page = services.take_in(parcel=parcel, seen=None)
    assert Asset.objects.get() == kept
    assert page.get_children().get().specific.audio == kept
    assert Parcel.objects.get().kept == []


def test_what_came_to_nothing_leaves_no_byte(emil, tea, monkeypatch, tmp_path):
    welcome(emil)
    parcel = services.receive(path=_voiced(tmp_path), name="x.zip", kind="course", by=emil)
    monkeypatch.setattr("cms.carrying.writing.Writer._write_pages", _dies)
    with pytest.raises(KeyboardInterrupt):
        services.take_in(parcel=parcel, seen=None)
    assert not Asset.objects.exists()
    assert store().keys(prefix="assets/") == []


def test_what_an_interrupted_try_left_is_swept_with_its_parcel(emil, tea, tmp_path):
    parcel = services.receive(path=_voiced(tmp_path), name="x.zip", kind="course", by=emil)
    left = Asset.objects.create(kind="audio", title="水", key="assets/x/original.ogg", mime="audio/ogg", guard="staff")
    Parcel.objects.update(kept=[str(left.uuid)], created_at=parcel.created_at - services.FORGOTTEN * 2)
    assert services.sweep() == 1
    assert not Asset.objects.exists()
    assert store().keys(prefix="parcels/") == []


def _dies(self):
    raise KeyboardInterrupt


def _voiced(tmp_path):
    """A package with a sound in it."""
    lesson = {"title": "水", "audio": {"file": "media/a.ogg"}}
    head = {"format": "qunke-course", "version": 1, "course": {"title": "酒"}, "lessons": ["lessons/1.json"]}
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as new:
        new.writestr("course.json", json.dumps(head))
        new.writestr("lessons/1.json", json.dumps(lesson))
        new.write(VOICES / "tea-1-water.ogg", "media/a.ogg")
    return path


def test_otto_carries_a_course_from_the_command_line(otto, tea, tmp_path, capsys):
    file = tmp_path / "tea.zip"
    call_command("export_course", "tea", str(file))
    file.write_bytes(changed(file.read_bytes(), promise="泡得好"))
    call_command("import_course", str(file), "--as", otto.email, "--dry-run")
    assert "会泡茶 → 泡得好" in capsys.readouterr().out
    assert CoursePage.objects.get().get_latest_revision_as_object().promise == "会泡茶"
    call_command("import_course", str(file), "--as", otto.email)
    assert CoursePage.objects.get().get_latest_revision_as_object().promise == "泡得好"


def test_the_command_line_refuses_whom_the_office_refuses(olga, tea, tmp_path):
    file = tmp_path / "tea.zip"
    call_command("export_course", str(tea.pk), str(file))
    with pytest.raises(CommandError, match="权限"):
        call_command("import_course", str(file), "--as", olga.email)
    with pytest.raises(CommandError, match="没有叫 wine 的课。有的是：tea"):
        call_command("export_course", "wine")
    with pytest.raises(CommandError, match="没有邮箱"):
        call_command("import_course", str(file), "--as", "nobody@example.com")

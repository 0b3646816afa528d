"""Packages that mean harm, or were made by hand and not quite right: refused whole, with the place named."""

import io
import json
import struct
import zipfile

import pytest
from wagtail.models import Page

from cms.carrying import errors, services
from cms.models import CourseIndex, CoursePage, SchoolHome
from cms.staff import welcome
from media.models import Asset

COURSE = {"title": "一盏茶", "slug": "tea", "promise": "会泡茶", "is_free": True}
LESSON = {"title": "水", "slug": "water", "kind": "text"}

pytestmark = pytest.mark.once


@pytest.fixture
def editor(emil):
    home = Page.get_first_root_node().add_child(instance=SchoolHome(title="书院", slug="school"))
    home.add_child(instance=CourseIndex(title="课程", slug="courses"))
    welcome(emil)
    return emil


def package(course=None, lesson=None, head=None, **files):
    told = {"format": "qunke-course", "version": 1, "course": COURSE | (course or {}), "lessons": ["lessons/1.json"]}
    texts = {"course.json": json.dumps(told | (head or {})), "lessons/1.json": json.dumps(LESSON | (lesson or {}))}
    return zipped({**texts, **files})


def zipped(files, how=zipfile.ZIP_DEFLATED):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", how) as new:
        for name, data in files.items():
            new.writestr(name, data)
    return whole


def carried(whole, by):
    with services.opened(file=whole, by=by) as coming:
        return services.carry_in(coming=coming, by=by)


def refusal(whole, by):
    """What is said, and that nothing came in."""
    with pytest.raises(errors.CarryRefused) as refused:
        carried(whole, by)
    assert not CoursePage.objects.exists()
    assert not Asset.objects.exists()
    return str(refused.value)


def test_a_stranger_writes_a_course_by_hand_and_it_is_taken_again_and_again(editor):
    page = carried(package(), editor)
    assert (page.title, page.slug, page.instructor, page.live) == ("一盏茶", "tea", editor, False)
    carried(package(), editor)
    assert CoursePage.objects.count() == 1


def test_a_folder_zipped_from_outside_with_a_systems_litter_is_taken(editor):
    with zipfile.ZipFile(package()) as plain:
        files = {f"tea/{name}": plain.read(name) for name in plain.namelist()}
    assert carried(zipped({**files, "__MACOSX/tea/._course.json": b"?", "tea/.DS_Store": b"?"}), editor)


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/passwd", "a/../../b", "C:/x", "a\\b", "lessons/\n.json"])
def test_names_that_would_leave_the_package_are_refused(editor, name):
    assert "跑到包外面去" in refusal(zipped({"course.json": "{}", name: "x"}), editor)


def test_a_link_is_refused(editor):
    whole = package()
    with zipfile.ZipFile(whole, "a") as more:
        link = zipfile.ZipInfo("media/link")
        link.external_attr = 0o120777 << 16
        more.writestr(link, "/etc/passwd")
    assert "是一个链接" in refusal(whole, editor)


def test_a_bomb_is_refused_before_it_is_unpacked(editor):
    assert "炸弹" in refusal(package(**{"media/zeros": b"\0" * (8 << 20)}), editor)


def test_too_many_files_are_refused(editor):
    many = {f"media/{number}": b"" for number in range(3001)}
    assert "超过 3000 个" in refusal(zipped({"course.json": "{}", **many}, zipfile.ZIP_STORED), editor)


def test_a_lie_about_the_size_is_refused(editor):
    data = bytearray(package(**{"media/a": b"\0" * 5000}).getvalue())
    at = data.rindex(b"PK\x01\x02")  # the central record of the last file
    struct.pack_into("<I", data, at + 24, 9 << 20)
    with pytest.raises(errors.BadPackage):
        carried(io.BytesIO(bytes(data)), editor)
    assert not CoursePage.objects.exists()


def test_too_much_in_all_is_refused(editor, monkeypatch):
    monkeypatch.setattr("cms.carrying.archive.MOST_BYTES", 100)
    assert "解开以后超过" in refusal(package(), editor)


def test_the_same_name_twice_is_refused(editor):
    whole = package()
    with zipfile.ZipFile(whole, "a") as more, pytest.warns(UserWarning, match="Duplicate"):
        more.writestr("lessons/1.json", "{}")
    assert "lessons/1.json：出现了两次" in refusal(whole, editor)


def test_what_is_no_zip_is_refused(editor):
    assert "不是能打开的 zip" in refusal(io.BytesIO(b"<html>"), editor)
    assert "没有 course.json" in refusal(zipped({"hello.txt": "hi"}), editor)


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ({"format": "moodle"}, "course.json，format"),
        ({"version": 99}, "不认识第 99 版"),
        ({"course": 3}, "course.json，course"),
        ({"lessons": ["lessons/1.json", "lessons/1.json"]}, "有一个小节写了两次"),
        ({"lessons": ["lessons/9.json"]}, "lessons/9.json：包里没有这个文件"),
        ({"colour": "red"}, "不认识的字段：colour"),
    ],
)
def test_what_course_json_gets_wrong_is_said_with_its_place(editor, head, sentence):
    assert sentence in refusal(package(head=head), editor)


@pytest.mark.parametrize(
    ("lesson", "sentence"),
    [
        ({"title": ""}, "lessons/1.json，title：要有题目"),
        ({"kind": "opera"}, "lessons/1.json，kind"),
        ({"starts_at": "someday"}, "lessons/1.json，starts_at：这个值看不懂：someday"),
        ({"is_preview": "perhaps"}, "lessons/1.json，is_preview"),
        ({"intro": "长" * 161}, "lessons/1.json，intro"),
        ({"colour": "red"}, "lessons/1.json：不认识的字段：colour"),
        ({"id": "not-a-uuid"}, "lessons/1.json，id：要写成 UUID"),
        ({"body": [{"type": "game", "value": 1}]}, "lessons/1.json，body[1]：不认识的内容块：game"),
        ({"body": [{"type": "points", "value": {"title": "记", "points": ["长" * 121]}}]}, "body[1].value.points[1]"),
        ({"body": {"type": "quote"}}, "lessons/1.json，body：这里应该是一个列表"),
        ({"body": [{"type": "picture", "value": {"file": "pictures/no.png"}}]}, "包里没有 pictures/no.png"),
        ({"audio": {"file": "media/no.mp3"}}, "lessons/1.json，audio：包里没有 media/no.mp3"),
        ({"audio": "water.mp3"}, "lessons/1.json，audio：要写成"),
    ],
)
def test_what_a_lesson_gets_wrong_is_said_with_its_place(editor, lesson, sentence):
    assert sentence in refusal(package(lesson=lesson), editor)


def test_everything_that_is_wrong_is_said_at_once(editor):
    said = refusal(package(course={"price": "free"}, lesson={"kind": "opera", "starts_at": "someday"}), editor)
    assert len(said.splitlines()) == 3


def test_broken_json_is_said_with_its_line(editor):
    assert "lessons/1.json，第 2 行：JSON 写错了" in refusal(
        package(**{"lessons/1.json": '{"title": "水",\n oops}'}), editor
    )


def test_bytes_that_are_no_sound_leave_nothing(editor):
    whole = package(lesson={"audio": {"file": "media/a.mp3"}}, **{"media/a.mp3": b"<script>"})
    assert "不是能识别的音频" in refusal(whole, editor)


def test_a_wrong_checksum_is_said(editor):
    whole = package(SHA256SUMS=f"{'0' * 64}  lessons/1.json\n")
    assert "lessons/1.json：和 SHA256SUMS 里的校验和不一样" in refusal(whole, editor)


def test_a_damaged_package_is_refused(editor):
    data = bytearray(zipped({"course.json": "x" * 100}, zipfile.ZIP_STORED).getvalue())
    data[60] ^= 1
    with pytest.raises(errors.BadPackage, match="已经损坏"):
        carried(io.BytesIO(bytes(data)), editor)


def test_a_script_in_a_text_does_not_come_in(editor):
    html = '<p onclick="x()">好<script>alert(1)</script><a href="javascript:x()">茶</a></p>'
    with services.opened(file=package(lesson={"body": [{"type": "paragraph", "value": html}]}), by=editor) as coming:
        assert any("script" in note for note in coming.notes)
        page = services.carry_in(coming=coming, by=editor)
    said = str(page.get_children().get().specific.body.raw_data[0]["value"])
    assert "<p>好" in said
    assert not any(bad in said for bad in ("script", "onclick"))


def test_a_lesson_of_another_course_is_not_taken_away_from_it(editor):
    page = carried(package(), editor)
    theirs = str(page.get_children().get().translation_key)
    with pytest.raises(errors.BadPackage, match="已经在别处用着"):
        carried(package(course={"slug": "wine", "title": "酒"}, lesson={"id": theirs}), editor)
    assert CoursePage.objects.count() == 1

"""The office's page for many files: what emil drops there becomes lessons of a course, in order and once."""

import io
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from racing import at_once
from wagtail.models import GroupPagePermission, Page

from cms.building import CannotBuild, Wanted, build_lessons
from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome
from courses.models import Lesson
from media.models import Asset, Upload
from media.uploads.finishing import finish_upload
from media.uploads.services import begin_upload, take_part

pytestmark = pytest.mark.django_db
VOICE = Path(__file__).resolve().parents[2] / "cms/demo/tea-1-water.ogg"
AT = "/admin/uploads/"
NAMES = ["10_收尾.ogg", "02_水温.ogg", "1 认识茶.ogg"]


@pytest.fixture
def emil(emil):
    welcome(emil)
    return emil


@pytest.fixture
def editor(login, emil):
    return login(emil)


@pytest.fixture
def course_page(ada, inner):
    home = Page.get_first_root_node().add_child(instance=SchoolHome(title="书院", slug="school"))
    index = home.add_child(instance=CourseIndex(title="课程", slug="courses"))
    page = index.add_child(
        instance=CoursePage(title="一盏茶的工夫", slug="tea", promise="会泡茶", instructor=ada, tier=inner)
    )
    page.save_revision().publish()
    return page


def uploaded(by, name, kind="audio"):
    """One that has arrived and was looked at; its bytes are of no matter here."""
    upload = Upload.objects.create(by=by, filename=name, size=4, part_size=8, state="done")
    upload.asset = Asset.objects.create(
        kind=kind, title=name, key=f"assets/{upload.uuid}/original.ogg", mime="audio/ogg", guard="staff"
    )
    upload.save()
    return upload


def wanted(uploads):
    return [Wanted(upload, upload.filename.partition(".")[0]) for upload in uploads]


def press(client, course, uploads, **more):
    titles = {f"title-{upload.uuid}": upload.filename.partition(".")[0] for upload in uploads}
    chosen = {"course": course.pk if course else "", "upload": [str(upload.uuid) for upload in uploads]}
    return client.post(AT, {**chosen, **titles, "publish": "later", **more})


def titles(course):
    return [page.title for page in LessonPage.objects.child_of(course).order_by("path")]


def test_what_an_editor_dropped_becomes_draft_lessons_in_the_order_of_the_page(editor, emil, course_page):
    uploads = [uploaded(emil, name) for name in NAMES]
    answer = press(editor, course_page, [uploads[2], uploads[1], uploads[0]])
    assert answer.url.startswith(f"/admin/pages/{course_page.pk}/")
    assert titles(course_page) == ["1 认识茶", "02_水温", "10_收尾"]
    first = LessonPage.objects.get(title="1 认识茶")
    assert (first.audio, first.kind, first.live, first.owner) == (uploads[2].asset, "audio", False, emil)
    assert first.latest_revision.user == emil
    assert not Lesson.objects.exists()


def test_published_at_once_they_are_lessons_that_only_members_hear(editor, emil, course_page):
    uploads = [uploaded(emil, name) for name in NAMES]
    press(editor, course_page, uploads, publish="now")
    assert list(Lesson.objects.order_by("position").values_list("title", flat=True)) == [
        "10_收尾",
        "02_水温",
        "1 认识茶",
    ]
    assert set(Asset.objects.values_list("guard", flat=True)) == {"lesson"}


def test_a_film_and_a_paper_become_lessons_of_their_kind(editor, emil, course_page):
    film, paper = uploaded(emil, "1.mp4", "video"), uploaded(emil, "2.pdf", "file")
    press(editor, course_page, [film, paper], publish="now")
    pages = {page.kind: page for page in LessonPage.objects.all()}
    assert (pages["video"].video, pages["file"].handout) == (film.asset, paper.asset)
    assert set(Asset.objects.values_list("guard", flat=True)) == {"lesson"}


def test_pressing_twice_builds_nothing_twice(editor, emil, course_page):
    uploads = [uploaded(emil, name) for name in NAMES]
    for _ in range(2):
        press(editor, course_page, uploads)
    assert len(titles(course_page)) == 3


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_one_moment_build_each_lesson_once(emil, course_page):
    uploads = [uploaded(emil, name) for name in NAMES]
    act = lambda: build_lessons(course=course_page, wanted=wanted(uploads), by=emil)  # noqa: E731
    assert at_once(act, act) == []
    assert len(titles(course_page)) == 3


def test_a_lesson_that_was_deleted_may_be_built_again(emil, course_page):
    upload = uploaded(emil, NAMES[0])
    build_lessons(course=course_page, wanted=wanted([upload]), by=emil)[0].delete()
    assert build_lessons(course=course_page, wanted=wanted([upload]), by=emil)[0].audio == upload.asset


def test_without_a_course_or_a_file_the_page_says_so_and_keeps_what_was_typed(editor, emil, course_page):
    upload = uploaded(emil, NAMES[0])
    page = press(editor, None, [upload], **{f"title-{upload.uuid}": "改过的题目"})
    assert "请先选择放进哪门课" in page.content.decode()
    assert [row["title"] for row in page.context["known"]["uploads"]] == ["改过的题目"]
    assert "请至少勾选一个" in press(editor, course_page, []).content.decode()
    assert not LessonPage.objects.exists()


def test_a_refused_page_comes_back_as_it_was_arranged_and_ticked(editor, emil, course_page):
    one, two = uploaded(emil, NAMES[0]), uploaded(emil, NAMES[1])
    rows = {f"title-{upload.uuid}": "题" for upload in (two, one)}
    answer = editor.post(AT, {"course": "", "publish": "now", "upload": [str(two.uuid)], **rows})
    known = sorted(answer.context["known"]["uploads"], key=lambda row: row["arranged"])
    assert [(row["uuid"], row["is_ticked"]) for row in known] == [(str(two.uuid), True), (str(one.uuid), False)]
    assert 'value="now" checked' in answer.content.decode()


@pytest.mark.parametrize(
    ("kind", "title", "sentence"), [("image", "图", "图片"), ("audio", " ", "没有题目"), ("audio", "长" * 121, "太长")]
)
def test_what_cannot_be_a_lesson_is_said_and_none_is_built(editor, emil, course_page, kind, title, sentence):
    good, bad = uploaded(emil, NAMES[0]), uploaded(emil, "x.bin", kind)
    page = press(editor, course_page, [good, bad], **{f"title-{bad.uuid}": title})
    assert sentence in page.content.decode()
    assert not LessonPage.objects.exists()


def test_a_sound_that_another_lesson_has_is_not_used_twice(emil, course_page):
    upload, other = uploaded(emil, NAMES[0]), uploaded(emil, NAMES[1])
    Upload.objects.filter(pk=other.pk).update(asset=None)
    course_page.add_child(instance=LessonPage(title="早", audio=upload.asset))
    with pytest.raises(CannotBuild, match="已经用在"):
        build_lessons(course=course_page, wanted=wanted([upload]), by=emil)
    with pytest.raises(CannotBuild, match="还没有传好"):
        build_lessons(course=course_page, wanted=wanted([other]), by=emil)


def test_another_editors_files_are_not_there_to_be_used(editor, otto, course_page):
    assert "请至少勾选一个" in press(editor, course_page, [uploaded(otto, NAMES[0])]).content.decode()


def test_who_may_not_write_in_a_course_builds_nothing_there(emil, olga, course_page):
    welcome(olga)
    with pytest.raises(PermissionDenied):
        build_lessons(course=course_page, wanted=wanted([uploaded(olga, NAMES[0])]), by=olga)


def test_who_may_write_and_not_publish_gets_drafts_only(editor, emil, course_page):
    GroupPagePermission.objects.filter(
        group=Group.objects.get(name="编辑"), permission__codename="publish_page"
    ).delete()
    upload = uploaded(emil, NAMES[0])
    press(editor, course_page, [upload], publish="now")
    assert not LessonPage.objects.exists()
    press(editor, course_page, [upload])
    assert titles(course_page) == ["10_收尾"]


def test_learners_and_operators_find_no_such_page(login, cat, olga):
    welcome(olga)
    assert login(cat).get(AT).status_code == 302
    assert login(olga).get(AT).status_code == 302
    assert "上传" not in login(olga).get("/admin/").content.decode()


def test_the_page_knows_what_is_on_its_way_and_what_came_today(editor, emil, otto, course_page):
    sending = begin_upload(by=emil, filename="半路.ogg", size=10)
    done, used = uploaded(emil, NAMES[0]), uploaded(emil, NAMES[1])
    build_lessons(course=course_page, wanted=wanted([used]), by=emil)
    uploaded(otto, NAMES[2])
    rows = editor.get(AT, {"course": course_page.pk}).context["known"]["uploads"]
    assert [row["uuid"] for row in rows] == [str(sending.uuid), str(done.uuid)]


def test_what_was_put_aside_is_not_on_the_page_any_more_and_stays_in_the_school(editor, emil):
    upload = uploaded(emil, NAMES[0])
    assert editor.delete(f"/media/uploads/{upload.uuid}/").status_code == 200
    assert editor.get(AT).context["known"]["uploads"] == []
    assert Asset.objects.get() == upload.asset


def test_a_course_in_the_tree_has_a_button_that_leads_here(editor, course_page):
    for at in (f"/admin/pages/{course_page.pk}/", f"/admin/pages/{course_page.get_parent().pk}/"):
        assert f"{AT}?course={course_page.pk}" in editor.get(at).content.decode()


def test_ten_real_recordings_become_ten_lessons(emil, course_page):
    data = VOICE.read_bytes()
    uploads = []
    for number in range(1, 11):
        upload = begin_upload(by=emil, filename=f"{number}_第{number}讲 茶.ogg", size=len(data))
        take_part(upload=upload, number=1, data=io.BytesIO(data), size=len(data))
        uploads.append(finish_upload(upload=upload))
    pages = build_lessons(course=course_page, wanted=[Wanted(one, f"茶 {n}") for n, one in enumerate(uploads)], by=emil)
    assert len({page.slug for page in pages}) == 10
    assert [page.audio for page in pages] == [upload.asset for upload in uploads]

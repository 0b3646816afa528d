"""The office: editors bring in sound, put it into lessons and publish; learners stay outside."""

import re
from pathlib import Path

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import Page, PageViewRestriction
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from accounts.models import Role
from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome
from courses.models import Lesson
from media.models import Asset
from media.store import store

pytestmark = pytest.mark.once

OFFICE = "/admin/"
RECORDINGS = "/admin/snippets/media/asset/"
VOICE = Path(__file__).resolve().parents[2] / "cms/demo/tea-1-water.ogg"


@pytest.fixture
def editor(login, emil):
    """emil at his desk."""
    welcome(emil)
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


def upload(client, data, title="水", transcript=""):
    file = SimpleUploadedFile("water.ogg", data, "audio/ogg")
    return client.post(f"{RECORDINGS}add/", {"title": title, "file": file, "transcript": transcript})


def lesson_form(**facts):
    paragraph = ("paragraph", rich_text("<p>先烫杯</p>"))
    form = {"title": "水", "slug": "water", "kind": "audio", "intro": "", "body": streamfield([paragraph])}
    form |= {"unlock": "now", "unlock_days": "0", "pass_percent": "60", "most_attempts": "0"}
    form |= {"clips": streamfield([]), "questions": streamfield([])}
    return nested_form_data({**form, **facts, "action-publish": "1"})


def write_lesson(client, course_page, **facts):
    return client.post(
        reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", course_page.pk]), lesson_form(**facts)
    )


def offered(client):
    """What the lesson page's chooser shows."""
    return client.get("/admin/snippets/choose/media/asset/").json()["html"]


def test_an_editor_signs_in_to_the_office_with_a_code_and_no_password(client, emil):
    welcome(emil)
    door = client.get(OFFICE).url
    client.post(door, {"email": emil.email, "next": OFFICE})
    code = re.search(r"^([A-Z0-9]{3,4}-[A-Z0-9]{3,4})$", mail.outbox[-1].body, re.MULTILINE)[1]
    page = client.post("/accounts/login/code/confirm/", {"code": code, "next": OFFICE}, follow=True)
    assert page.redirect_chain[-1][0] == OFFICE
    assert "群课" in page.content.decode()


def test_a_learner_is_told_at_the_door_that_the_office_is_not_for_them(login, cat):
    assert login(cat).get(OFFICE, follow=True).status_code == 403


def test_an_editor_uploads_a_recording_that_only_staff_hear_at_first(editor, emil):
    assert (
        upload(editor, VOICE.read_bytes(), transcript="WEBVTT\n\n00:00.000 --> 00:02.000\n先烫杯\n").url == RECORDINGS
    )
    asset = Asset.objects.get()
    assert (asset.title, asset.kind, asset.guard, asset.uploaded_by) == ("水", "audio", "staff", emil)
    assert "先烫杯" in asset.transcript
    assert store().read(key=asset.key) == VOICE.read_bytes()
    assert set(asset.renditions.values_list("name", flat=True)) >= {"m4a", "low", "hls"}
    assert "水" in editor.get(RECORDINGS).content.decode()


def test_what_is_no_sound_is_refused_beside_the_file(editor):
    page = upload(editor, b"<html>not a sound</html>")
    assert page.status_code == 200
    assert page.context["form"].errors["file"]
    assert not Asset.objects.exists()


def test_a_recording_without_its_title_is_not_kept(editor):
    assert upload(editor, VOICE.read_bytes(), title="").context["form"].errors["title"]
    assert not Asset.objects.exists()


def test_the_words_of_a_recording_can_be_mended_and_its_sound_cannot(editor):
    upload(editor, VOICE.read_bytes())
    asset = Asset.objects.get()
    page = editor.get(f"{RECORDINGS}edit/{asset.pk}/").content.decode()
    assert 'name="transcript"' in page
    assert 'name="file"' not in page
    editor.post(f"{RECORDINGS}edit/{asset.pk}/", {"title": "水 (新)", "transcript": ""})
    asset.refresh_from_db()
    assert (asset.title, asset.size) == ("水 (新)", VOICE.stat().st_size)


def test_an_editor_chooses_the_recording_in_a_lesson_and_publishes_it(editor, course_page):
    upload(editor, VOICE.read_bytes())
    asset = Asset.objects.get()
    assert "水" in offered(editor)
    write_lesson(editor, course_page, audio=str(asset.pk))
    page, lesson = LessonPage.objects.get(), Lesson.objects.get()
    assert page.live
    assert (page.lesson, lesson.audio, lesson.is_published, lesson.title) == (lesson, asset, True, "水")
    asset.refresh_from_db()
    assert (asset.guard, asset.guarded_id) == ("lesson", str(lesson.pk))


def test_a_lesson_to_be_heard_is_not_published_without_its_sound(editor, course_page):
    assert "audio" in write_lesson(editor, course_page, audio="").context["form"].errors
    assert not Lesson.objects.exists()


def test_pictures_and_slides_are_not_offered_as_the_sound_of_a_lesson(editor):
    Asset.objects.create(kind="image", title="课件第一页", key="slide", mime="image/webp", guard="slide")
    assert "课件第一页" not in offered(editor)
    assert "课件第一页" not in editor.get("/admin/snippets/choose/media/asset/results/").content.decode()
    assert "课件第一页" not in editor.get(RECORDINGS).content.decode()


def test_not_even_the_owner_deletes_a_recording_by_hand(login, otto, editor):
    upload(editor, VOICE.read_bytes())
    login(otto).post(f"{RECORDINGS}delete/{Asset.objects.get().pk}/")
    assert Asset.objects.exists()


def teachers(answer):
    """Who may be chosen as the teacher, and who is."""
    field = answer.context["form"]["instructor"]
    return {str(label) for value, label in field.field.choices if value}, field.value()


def test_only_who_teaches_is_offered_as_a_teacher_and_the_only_one_is_chosen(editor, course_page, ada, ben, emil):
    people, chosen = teachers(editor.get(f"/admin/pages/add/cms/coursepage/{course_page.get_parent().pk}/"))
    assert (str(ada) in people, str(ben) in people) == (True, False)
    assert chosen == ada.pk


def test_of_two_teachers_neither_is_chosen_and_who_teaches_a_course_stays_on_its_list(editor, course_page, ada, finn):
    type(finn).objects.filter(pk=finn.pk).update(role=Role.INSTRUCTOR)
    assert teachers(editor.get(f"/admin/pages/add/cms/coursepage/{course_page.get_parent().pk}/"))[1] is None
    type(ada).objects.filter(pk=ada.pk).update(role=Role.LEARNER)
    people, chosen = teachers(editor.get(f"/admin/pages/{course_page.pk}/edit/"))
    assert (str(ada) in people, chosen) == (True, ada.pk)


def test_no_password_is_put_before_what_rights_open(editor, course_page):
    """It would close the page, and neither the sound nor the feed."""
    for page in (course_page, course_page.get_parent(), course_page.get_parent().get_parent()):
        at = f"/admin/pages/{page.pk}/privacy/"
        assert "由课程的收费方式" in editor.get(at).json()["html"]
        editor.post(at, {"restriction_type": "password", "password": "x"})
        editor.post(at, {"restriction_type": "login"})
    assert not PageViewRestriction.objects.exists()


def test_an_operator_has_the_orders_and_not_the_pages(login, olga, course_page):
    welcome(olga)
    assert login(olga).get("/admin/snippets/payments/order/").status_code == 200
    assert login(olga).get(RECORDINGS).status_code == 302
    assert login(olga).get(reverse("wagtailadmin_pages:edit", args=[course_page.pk])).status_code == 302


def test_who_changes_roles_changes_desks(emil):
    welcome(emil)
    welcome(emil)
    assert emil.has_perm("wagtailadmin.access_admin")
    emil.role = Role.LEARNER
    emil.save()
    welcome(emil)
    assert not type(emil).objects.get(pk=emil.pk).has_perm("wagtailadmin.access_admin")

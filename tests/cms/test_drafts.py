"""A draft may be half of a page; what learners get is whole, and appears whole or not at all."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page
from wagtail.test.utils.form_data import nested_form_data, streamfield

from accounts.models import User
from cms import publishing
from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome
from courses.hearing.services import progress_of
from courses.models import Heard, Lesson
from media.models import Asset

pytestmark = pytest.mark.once


@pytest.fixture
def editor(login, emil):
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
    return CoursePage.objects.get(pk=page.pk)


def form(**facts):
    form = {"title": "水", "slug": "water", "kind": "audio", "intro": "", "body": streamfield([]), "unlock": "now"}
    form |= {"unlock_days": "0", "pass_percent": "60", "most_attempts": "0"}
    return nested_form_data({**form, "clips": streamfield([]), "questions": streamfield([]), **facts})


def write(client, course_page, **facts):
    return client.post(reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", course_page.pk]), form(**facts))


def drafted(course_page, title="水", **facts):
    page = course_page.add_child(instance=LessonPage(title=title, live=False, **facts))
    page.save_revision(clean=False)
    return page


def sound(title="声"):
    return Asset.objects.create(kind="audio", title=title, key=title, mime="audio/ogg", guard="staff")


def in_bulk(client, pages, **more):
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    ids = "&".join(f"id={page.pk}" for page in pages)
    return client.post(f"{address}?next=/admin/pages/&{ids}", more, follow=True).content.decode()


@pytest.mark.parametrize("kind", [kind for kind in Lesson.Kind if kind != "text"])
def test_a_lesson_is_begun_before_there_is_anything_to_hear(editor, course_page, kind):
    assert write(editor, course_page, kind=kind).status_code == 302
    page = LessonPage.objects.get()
    assert (page.live, page.kind, page.lesson) == (False, kind, None)
    assert editor.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).status_code == 200
    assert editor.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).status_code == 200


def test_half_a_lesson_can_be_looked_at_while_it_is_written(editor, course_page):
    address = reverse("wagtailadmin_pages:preview_on_add", args=["cms", "lessonpage", course_page.pk])
    assert editor.post(address, form()).json()["is_valid"]
    assert editor.get(address).status_code == 200


def test_a_page_without_an_address_gets_one_from_its_title(editor, course_page):
    assert write(editor, course_page, title="水温", slug="").status_code == 302
    assert write(editor, course_page, title="水温", slug="", kind="text", **{"action-publish": "1"}).status_code == 302
    assert {page.slug for page in LessonPage.objects.all()} == {"水温", "水温-2"}


def test_it_is_not_published_and_nothing_of_it_is_lost(editor, course_page):
    answer = write(editor, course_page, intro="先听听", **{"action-publish": "1"})
    assert "音频小节要选一段音频" in answer.content.decode()
    assert 'value="先听听"' in answer.content.decode()
    assert not LessonPage.objects.exists()


def test_a_course_is_begun_before_its_price_is_known(editor, course_page, ada):
    index = CourseIndex.objects.get()
    address = reverse("wagtailadmin_pages:add", args=["cms", "coursepage", index.pk])
    facts = {"title": "磨墨", "slug": "ink", "promise": "会磨墨", "instructor": str(ada.pk), "cloth": "tea"}
    facts = nested_form_data({**facts, "about": streamfield([])})
    assert "还没有人能听到这门课" in editor.post(address, {**facts, "action-publish": "1"}).content.decode()
    assert editor.post(address, facts).status_code == 302
    assert CoursePage.objects.get(slug="ink").course is None


def test_a_price_of_nothing_is_answered_with_one_sentence(editor, course_page, ada):
    address = reverse("wagtailadmin_pages:add", args=["cms", "coursepage", CourseIndex.objects.get().pk])
    facts = {"title": "磨墨", "slug": "ink", "promise": "会", "instructor": str(ada.pk), "cloth": "tea", "price": "0"}
    answer = editor.post(address, nested_form_data({**facts, "about": streamfield([]), "action-publish": "1"}))
    assert len(answer.context["form"].errors["price"]) == 1


def test_of_many_pages_none_is_published_while_one_lacks_something(editor, course_page):
    whole, half = drafted(course_page, "水", audio=sound()), drafted(course_page, "火")
    said = in_bulk(editor, [whole, half])
    assert "一页都没有发布" in said
    assert "《火》：音频小节要选一段音频" in said
    assert not LessonPage.objects.live().exists()
    in_bulk(editor, [whole])
    assert [page.title for page in LessonPage.objects.live()] == ["水"]


def test_what_lies_below_a_page_counts_when_it_is_published_along(editor, course_page):
    drafted(course_page, "火")
    said = in_bulk(editor, [course_page], include_descendants="on")
    assert "《火》：音频小节要选一段音频" in said


def test_what_lies_with_an_editor_to_be_approved_stays_whole(editor, login, emil, course_page):
    arno = User.objects.create_user("arno@example.com", name="Arno", role="author")
    welcome(arno)
    facts = form(audio=str(sound().pk), **{"action-submit": "1"})
    login(arno).post(reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", course_page.pk]), facts)
    page = LessonPage.objects.get()
    assert page.workflow_in_progress
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    desk = login(emil)
    assert "音频小节要选一段音频" in desk.post(address, form(audio="")).content.decode()
    assert LessonPage.objects.get().get_latest_revision_as_object().audio
    desk.post(address, form(audio=str(page.audio_id), intro="再看看"))
    assert LessonPage.objects.get().get_latest_revision_as_object().intro == "再看看"


def test_when_publishing_fails_the_page_stays_a_draft(editor, course_page, monkeypatch):
    page = drafted(course_page, audio=sound())

    def fail(**facts):
        raise RuntimeError("no lesson today")

    monkeypatch.setattr(publishing.services, "publish_lesson", fail)
    with pytest.raises(RuntimeError):
        page.get_latest_revision().publish()
    page = LessonPage.objects.get()
    assert (page.live, page.lesson, Lesson.objects.count()) == (False, None, 0)
    assert page.get_latest_revision_as_object().audio.title == "声"


def test_when_taking_down_fails_the_page_stays_out(course_page, monkeypatch):
    page = drafted(course_page, audio=sound())
    page.get_latest_revision().publish()

    def fail(**facts):
        raise RuntimeError("no rest today")

    monkeypatch.setattr(publishing.services, "unpublish_lesson", fail)
    with pytest.raises(RuntimeError):
        LessonPage.objects.get().unpublish()
    assert LessonPage.objects.get().live
    assert Lesson.objects.get().is_published


def hours(n):
    return timezone.localtime(timezone.now() + timedelta(hours=n)).strftime("%Y-%m-%d %H:%M")


def test_nobody_is_invited_to_a_lesson_that_is_over(editor, course_page):
    past = {"kind": "live", "starts_at": hours(-30)}
    assert "已经过去了" in write(editor, course_page, **past, **{"action-publish": "1"}).content.decode()
    assert write(editor, course_page, **past).status_code == 302  # a draft may say anything
    assert not Lesson.objects.exists()


def test_a_lesson_that_begins_now_is_announced_in_its_first_hour(editor, course_page):
    assert write(editor, course_page, kind="live", starts_at=hours(-0.5), **{"action-publish": "1"}).status_code == 302
    assert Lesson.objects.get().is_published


def test_the_page_of_a_lesson_that_was_held_can_still_be_changed(editor, course_page):
    write(editor, course_page, kind="live", starts_at=hours(5), **{"action-publish": "1"})
    then = timezone.now().replace(second=0, microsecond=0) - timedelta(days=3)
    Lesson.objects.update(starts_at=then)
    LessonPage.objects.update(starts_at=then)
    page = LessonPage.objects.get()
    said = timezone.localtime(then).strftime("%Y-%m-%d %H:%M")
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    facts = form(kind="live", starts_at=said, intro="讲完了", **{"action-publish": "1"})
    assert editor.post(address, facts).status_code == 302
    assert LessonPage.objects.get().intro == "讲完了"


def test_a_lesson_held_elsewhere_comes_with_its_recording(editor, course_page):
    facts = {"kind": "live", "starts_at": hours(-30), "audio": str(sound().pk)}
    assert write(editor, course_page, **facts, **{"action-publish": "1"}).status_code == 302


@pytest.mark.parametrize("typed", ["昨天", "2026年12月5日 10:00", "2026-12-05 25:99"])
def test_a_date_that_is_none_is_answered_and_stays_as_it_was_typed(editor, course_page, typed):
    answer = write(editor, course_page, kind="live", starts_at=typed, **{"action-publish": "1"})
    assert "starts_at" in answer.context["form"].errors
    assert f'value="{typed}"' in answer.content.decode()


def test_how_a_lesson_opens_is_asked_with_what_belongs_to_it(editor, course_page):
    shown = editor.get(reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", course_page.pk])).content.decode()
    for values in ("moment", "joining cohort"):
        assert f'data-fits="unlock" data-values="{values}"' in shown
    assert shown.count("时间按 Asia/Shanghai。") == 5


def test_who_deletes_what_people_learn_is_told_first(editor, course_page, ben):
    page = drafted(course_page, audio=sound())
    address = reverse("wagtailadmin_pages:delete", args=[page.pk])
    assert "在学" not in editor.get(address).content.decode()
    page.get_latest_revision().publish()
    lesson = Lesson.objects.get()
    Heard.objects.create(person=ben, lesson=lesson, ranges=[[0, 9000]], heard_ms=9000, ear_ms=9000)
    assert "已有 1 个人在学" in editor.get(address).content.decode()
    editor.post(address)
    assert not LessonPage.objects.exists()
    assert progress_of(person=ben, lessons=[lesson])

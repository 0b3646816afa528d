"""An editor asks for homework on a lesson's page, and learners find it there once it is published."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pages import again, publish
from papers import add, handed, voice
from wagtail.models import Page, Site

from cms.materials import materials
from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome
from courses.models import Homework, Submission

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PROMPT = "泡一盏茶，说说水温。"


@pytest.fixture
def page(db, ada, inner):
    """A paid lesson whose page asks for text and voice."""
    home = publish(Page.objects.get(depth=1), SchoolHome(title="半闲书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="全部课程", slug="courses"))
    course = publish(index, CoursePage(title="茶", slug="tea", promise="泡茶", instructor=ada, price=199, tier=inner))
    asked = {"homework_prompt": PROMPT, "homework_pictures": False, "homework_voice": True}
    return publish(course, LessonPage(title="水", slug="water", kind="text", **asked))


def seen(browser, page):
    return browser.get(page.url).content.decode()


def test_publishing_asks_and_publishing_without_a_prompt_asks_no_more(page, ben):
    work = Homework.objects.get(lesson=page.lesson)
    assert (work.prompt, work.text, work.pictures, work.voice, work.is_asked) == (PROMPT, True, False, True, True)
    handed(ben, page.lesson)
    page.homework_prompt = "  "
    again(page)
    work.refresh_from_db()
    assert (work.prompt, work.is_asked) == (PROMPT, False)
    assert Submission.objects.get(person=ben).is_waiting


def test_a_draft_asks_for_nothing(page):
    page.homework_prompt, page.homework_due_at = "另一道题", timezone.now()
    page.save_revision()
    assert Homework.objects.get().prompt == PROMPT


def test_homework_that_takes_nothing_is_refused_beside_the_field(page):
    page.homework_text = page.homework_voice = False
    with pytest.raises(ValidationError, match="选一样"):
        page.full_clean()


def test_who_may_open_the_lesson_finds_the_homework_beneath_it(login, page, ben, cat, ada):
    mine = seen(login(ben), page)
    assert PROMPT in mine
    assert "homework.js" in mine
    assert 'name="voice"' in mine
    assert 'name="pictures"' not in mine
    assert PROMPT not in seen(login(cat), page)
    handed(ben, page.lesson)
    assert "去看作业 · 1 份在等" in seen(login(ada), page)


def test_where_homework_finishes_a_lesson_nobody_says_so_themselves(login, page, ben):
    finish = f"/lessons/{page.lesson.pk}/finished/"
    assert finish in seen(login(ben), page)
    page.homework_is_required = True
    again(page)
    assert finish not in seen(login(ben), page)


def test_an_editor_finds_the_fields_and_no_learners_voice_among_the_materials(login, page, emil, ben):
    welcome(emil)
    held = add(ben, page.lesson, voice(), "voice").asset
    form = login(emil).get(f"/admin/pages/{page.pk}/edit/").content.decode()
    assert 'name="homework_prompt"' in form
    assert held not in materials()
    assert held.title not in login(emil).get("/admin/audio-chooser/").content.decode()


def test_otto_sees_in_the_office_how_much_waits(login, page, otto, ben):
    handed(ben, page.lesson)
    home = login(otto).get("/admin/").content.decode()
    assert "/lessons/homework/" in home

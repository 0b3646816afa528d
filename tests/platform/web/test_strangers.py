"""One page for all who have not signed in, for a few seconds; everyone else has theirs made for them."""

import json

import pytest
from django.core.cache import caches
from django.utils import timezone
from pages import publish
from wagtail.models import Page, Site

from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from membership.models import Grant

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SECRET = json.dumps([{"type": "callout", "value": "水要烧开"}])


@pytest.fixture(autouse=True)
def kept(settings):
    settings.STRANGERS_SECONDS = 10
    caches["pages"].clear()


@pytest.fixture
def tea(ada, inner):
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    return publish(index, CoursePage(title="一盏茶", slug="tea", promise="会泡", instructor=ada, tier=inner))


def renamed(page, title="两盏茶"):
    type(page).objects.filter(pk=page.pk).update(title=title)


def test_the_second_stranger_gets_what_was_made_for_the_first(client, tea, django_assert_num_queries):
    first = client.get(tea.url)
    renamed(tea)
    with django_assert_num_queries(0):
        second = client.get(tea.url)
    assert second.content == first.content
    assert second["Content-Security-Policy"]
    assert second["X-Frame-Options"] == "DENY"


def test_after_its_seconds_it_is_made_anew(client, tea):
    client.get(tea.url)
    renamed(tea)
    caches["pages"].clear()  # as time does
    assert "两盏茶" in client.get(tea.url).content.decode()


def test_who_has_signed_in_sees_what_is_now(client, login, ben, tea):
    client.get(tea.url)
    renamed(tea)
    assert "两盏茶" in login(ben).get(tea.url).content.decode()


def test_nothing_of_who_has_signed_in_is_shown_to_strangers(client, login, ben, tea):
    theirs = login(ben).get(tea.url).content
    client.logout()
    client.cookies.clear()
    assert client.get(tea.url).content != theirs


def test_each_language_and_theme_is_another_page(client, tea):
    pages = {client.get(tea.url).content}
    client.cookies["theme"] = "dark"
    pages.add(client.get(tea.url).content)
    client.cookies["django_language"] = "en"
    pages.add(client.get(tea.url).content)
    assert len(pages) == 3
    assert 'lang="en"' in client.get(tea.url).content.decode()


def test_a_browser_that_brings_more_has_its_own(client, tea):
    client.get(tea.url)
    renamed(tea)
    client.cookies["somebody"] = "else"
    assert "两盏茶" in client.get(tea.url).content.decode()


def test_a_free_lesson_that_is_free_no_more_closes_with_the_next_page(client, tea):
    lesson = publish(tea, LessonPage(title="试听", slug="taste", kind="text", is_preview=True, body=SECRET))
    assert "水要烧开" in client.get(lesson.url).content.decode()
    lesson.is_preview = False
    lesson.save_revision().publish()
    caches["pages"].clear()  # as ten seconds do
    assert "水要烧开" not in client.get(lesson.url).content.decode()


def test_what_a_member_reads_in_a_lesson_is_kept_for_nobody(client, login, ben, tea, inner, django_assert_num_queries):
    lesson = publish(tea, LessonPage(title="水", slug="water", kind="text", body=SECRET))
    Grant.objects.create(person=ben, tier=inner, starts_at=timezone.now(), source="test:real")
    theirs = login(ben).get(lesson.url)
    assert "水要烧开" in theirs.content.decode()
    assert {"private", "no-cache"} <= set(theirs["Cache-Control"].split(", "))
    client.logout()
    client.cookies.clear()
    assert "水要烧开" not in client.get(lesson.url).content.decode()
    with django_assert_num_queries(0):
        assert "水要烧开" not in client.get(lesson.url).content.decode()


def test_what_is_no_page_is_not_kept(client, tea):
    assert client.get("/nothing/").status_code == 404
    publish(tea.get_parent().get_parent(), CourseIndex(title="别的", slug="nothing"))
    assert client.get("/nothing/").status_code == 200
    client.get("/accounts/login/")
    assert not any("login" in key for key in caches["pages"]._cache)


def test_who_wants_none_of_it_sets_the_seconds_to_nothing(client, tea, settings):
    settings.STRANGERS_SECONDS = 0
    client.get(tea.url)
    renamed(tea)
    assert "两盏茶" in client.get(tea.url).content.decode()

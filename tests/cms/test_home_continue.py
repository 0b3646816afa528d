"""Home begins with where one was: only what is theirs, unfinished, and still open."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pages import publish
from wagtail.models import Page, Site

from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from courses.models import Completion, Heard
from membership.models import Grant

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def heat(ada, inner):
    """A lesson for members."""
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    tea = publish(index, CoursePage(title="一盏茶", slug="tea", promise="会泡", instructor=ada, tier=inner))
    return publish(tea, LessonPage(title="火候", slug="heat", kind="text"))


@pytest.fixture
def left(ben, heat):
    """Ben heard one minute of it yesterday."""
    at = timezone.now() - timedelta(days=1)
    return Heard.objects.create(
        person=ben, lesson=heat.lesson, heard_ms=60_000, place_ms=61_000, place_at=at, at=at, ranges=[[0, 60_000]]
    )


def card(client):
    text = client.get("/").content.decode()
    return "data-continue" in text, text


def test_ben_goes_on_where_he_was(login, ben, left, heat):
    there, text = card(login(ben))
    assert there
    assert heat.url in text
    assert "停在 1:01" in text


def test_what_is_finished_is_not_offered_again(login, ben, left, heat):
    Completion.objects.create(person=ben, lesson=heat.lesson)
    assert not card(login(ben))[0]


def test_what_is_no_longer_open_is_not_offered(login, ben, left):
    Grant.objects.filter(person=ben).delete()
    assert not card(login(ben))[0]


@pytest.mark.parametrize("who", ["cat", "bob"])
def test_others_do_not_see_where_ben_was(login, request, left, who):
    assert not card(login(request.getfixturevalue(who)))[0]


def test_a_stranger_sees_the_door(client, left):
    assert not card(client)[0]

"""What editors say about when a lesson opens, and what learners see of it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pages import publish
from wagtail.models import Page, Site

from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from courses.models import Completion, Lesson

pytestmark = pytest.mark.once

SOON = timezone.now() + timedelta(days=2)
SECRET = "鱼眼是八十度"


@pytest.fixture
def tea(ada, inner, inner_plan):
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    return publish(index, CoursePage(title="一盏茶", slug="tea", promise="会泡", instructor=ada, price=199, tier=inner))


def sitting(tea, title, slug, **facts):
    body = [("paragraph", f"<p>{SECRET}</p>")]
    page = publish(tea, LessonPage(title=title, slug=slug, kind="text", body=body, **facts))
    page.refresh_from_db()
    return page


@pytest.fixture
def water(tea):
    return sitting(tea, "水", "water")


@pytest.fixture
def heat(tea, water):
    return sitting(tea, "火候", "heat", unlock_after_previous=True)


def read(client, page):
    answer = client.get(page.url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_locked_lesson_says_when_it_opens_and_keeps_its_body(login, tea, ben):
    page = sitting(tea, "水", "water", unlock="moment", unlock_at=SOON)
    text = read(login(ben), page)
    assert "开放。" in text
    assert SECRET not in text
    assert "学完了" not in text
    Lesson.objects.update(unlock_at=timezone.now())
    assert SECRET in read(login(ben), page)


def test_ben_says_he_has_finished_and_the_next_lesson_opens(login, water, heat, ben):
    client = login(ben)
    assert "学完《水》，这一节就开放。" in read(client, heat)
    assert "学完了" in read(client, water)
    answer = client.post(f"/lessons/{water.lesson.pk}/finished/", follow=True)
    assert "这一节你学完了。" in answer.content.decode()
    assert SECRET in read(client, heat)


@pytest.mark.parametrize("who", ["cat", "dan", "eve"])
def test_who_may_not_open_a_lesson_cannot_finish_it(request, login, water, who):
    answer = login(request.getfixturevalue(who)).post(f"/lessons/{water.lesson.pk}/finished/")
    assert answer.status_code == 403
    assert not Completion.objects.exists()


def test_a_stranger_is_offered_no_button(client, tea):
    page = sitting(tea, "水", "water", is_preview=True)
    text = read(client, page)
    assert SECRET in text
    assert "/finished/" not in text


def test_a_new_rule_counts_when_it_is_published_and_not_before(login, water, ben):
    water.unlock, water.unlock_at = "moment", SOON
    draft = water.save_revision()
    assert SECRET in read(login(ben), water)
    draft.publish()
    assert SECRET not in read(login(ben), water)


def test_a_moment_that_is_missing_is_asked_for(water):
    water.unlock = "moment"
    with pytest.raises(ValidationError, match="就要填这个时刻"):
        water.full_clean()


def test_the_first_lesson_waits_for_no_other(water, heat):
    water.unlock_after_previous = True
    with pytest.raises(ValidationError, match="前面没有别的小节"):
        water.full_clean()
    heat.full_clean()


def test_days_left_empty_are_none(water):
    water.unlock, water.unlock_days = "joining", None
    water.full_clean()
    assert water.unlock_days == 0


def test_the_syllabus_tells_a_member_what_waits_and_a_stranger_only_what_there_is(login, tea, water, heat, ben):
    assert "学完《水》就开放" in read(login(ben), tea)
    assert f"/lessons/calendar/{tea.course_id or heat.lesson.course_id}/" in read(login(ben), tea)
    assert "学完《水》就开放" not in read(Client(), tea)
    Completion.objects.create(person=ben, lesson=water.lesson)
    assert "就开放" not in read(login(ben), tea)


def test_the_closed_page_leads_to_the_calendar_and_offers_nothing_to_buy(login, heat, ben):
    text = read(login(ben), heat)
    assert f"/lessons/calendar/{heat.lesson.course_id}/" in text
    assert "¥" not in text


@pytest.mark.once
def test_two_hundred_lessons_that_wait_cost_no_more_queries_than_three(login, tea, heat, ben):
    client, course = login(ben), heat.lesson.course
    Lesson.objects.create(course=course, title="x", position=3, is_published=True, unlock="joining", unlock_days=9)

    def queries():
        client.get(tea.url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(tea.url).status_code == 200
        return len(asked)

    few = queries()
    rows = [{"unlock": "joining", "unlock_days": n, "unlock_after_previous": n % 2} for n in range(4, 200)]
    Lesson.objects.bulk_create(
        Lesson(course=course, title=str(n), position=n, is_published=True, **rule) for n, rule in enumerate(rows, 4)
    )
    assert queries() == few <= 15

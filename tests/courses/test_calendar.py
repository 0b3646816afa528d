"""The unlock calendar: when each lesson opens for the one who looks, on a page and for their phone."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from courses.models import Completion, Lesson, Override
from web import clock

pytestmark = pytest.mark.once

SOON = timezone.now() + timedelta(days=400)


@pytest.fixture
def tea(course, preview, lesson, live_lesson):
    Lesson.objects.filter(pk=lesson.pk).update(unlock="moment", unlock_at=SOON)
    Lesson.objects.filter(pk=live_lesson.pk).update(unlock_after_previous=True)
    return course


def read(client, course):
    answer = client.get(f"/lessons/calendar/{course.pk}/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_ben_sees_what_is_open_where_he_is_and_what_comes_when(login, tea, preview, lesson, live_lesson, ben):
    text = read(login(ben), tea)
    assert re.search(r'aria-current="step".*开篇.*学到这里', text)
    assert f"{SOON.astimezone(timezone.get_default_timezone()):%Y}年" in text
    assert "学完《水》就开放" in text
    Completion.objects.create(person=ben, lesson=preview)
    Override.objects.create(course=tea, lesson=lesson, person=ben, by=tea.instructor, reason="出差")
    assert re.search(r'aria-current="step".*水.*学到这里', read(login(ben), tea))


def test_one_sees_their_own_calendar_and_not_anothers(login, tea, lesson, ben, bob):
    Override.objects.create(course=tea, lesson=lesson, person=ben, by=tea.instructor, reason="出差")
    assert "已开放" in read(login(ben), tea)
    assert "已开放" not in read(login(bob), tea)


@pytest.mark.parametrize("who", ["cat", "dan", "eve", "ada", "otto"])
@pytest.mark.parametrize("name", ["", "lessons.ics"])
def test_who_has_no_right_or_owns_all_of_it_is_led_to_the_course(request, login, tea, who, name):
    answer = login(request.getfixturevalue(who)).get(f"/lessons/calendar/{tea.pk}/{name}")
    assert (answer.status_code, answer["Location"]) == (302, tea.url)


def test_of_a_course_that_is_not_published_there_is_no_calendar(login, tea, ben):
    tea.is_published = False
    tea.save()
    assert login(ben).get(f"/lessons/calendar/{tea.pk}/").status_code == 404


def unfolded(answer):
    text = answer.content.decode()
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return text.replace("\r\n ", "")


def test_ben_takes_the_moments_into_his_phone_under_names_that_stay(login, tea, lesson, ben, settings):
    Lesson.objects.filter(pk=lesson.pk).update(title="水，和火；以及" + "很长很长的题目" * 8 + ", 完")
    answer = login(ben).get(f"/lessons/calendar/{tea.pk}/lessons.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    assert "no-store" in answer["Cache-Control"]
    text = unfolded(answer)
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert (
        text.count("BEGIN:VEVENT") == 2
    )  # one moment is known; the other lesson waits for a lesson, and is live at its hour
    assert "SUMMARY:《火候》开讲\r\n" in text
    assert f"DTSTART:{SOON.astimezone(timezone.get_fixed_timezone(0)):%Y%m%dT%H%M%SZ}\r\n" in text
    assert "\\, 完》开放了" in text
    uid = re.search(r"UID:(\S+)", text)[1]
    Lesson.objects.filter(pk=lesson.pk).update(unlock_at=SOON + timedelta(days=1), title="改名")
    assert f"UID:{uid}\r\n" in unfolded(login(ben).get(f"/lessons/calendar/{tea.pk}/lessons.ics"))


def test_a_live_lesson_says_when_it_begins(login, tea, live_lesson, ben):
    Lesson.objects.filter(pk=live_lesson.pk).update(unlock_after_previous=False)
    assert f"{clock.spoken(Lesson.objects.get(pk=live_lesson.pk).starts_at)} 开讲" in read(login(ben), tea)


def test_where_nothing_is_to_come_there_is_nothing_to_take_along(login, tea, ben):
    assert "加到日历" in read(login(ben), tea)
    tea.lessons.update(unlock="now", starts_at=None, kind="text")
    assert "加到日历" not in read(login(ben), tea)


def test_the_calendar_costs_the_same_however_long_the_course_is(login, tea, ben):
    client = login(ben)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/lessons/calendar/{tea.pk}/").status_code == 200
        return len(asked)

    queries()
    few = queries()
    more = [Lesson(course=tea, title=str(n), position=n, is_published=True, unlock="joining") for n in range(9, 60)]
    Lesson.objects.bulk_create(more[:1])
    joining = queries()  # one more fact is asked for: since when
    Lesson.objects.bulk_create(more[1:])
    assert queries() == joining <= few + 1

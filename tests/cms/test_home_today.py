"""What home says of today, and of how far one is: only of what is theirs, and only what is so."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from pages import publish
from wagtail.models import Page, Site

from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from courses.models import Completion, Heard, Lesson
from courses.models.homework import Submission
from live.models import Broadcast, Relay
from membership.models import Grant
from web import clock

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def at(hour, minute=0, days=0):
    day = timezone.localtime().date() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


@pytest.fixture(autouse=True)
def noon():
    with clock.at(at(12)):
        yield


@pytest.fixture
def tea(ada, inner):
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    return publish(index, CoursePage(title="一盏茶", slug="tea", promise="会泡", instructor=ada, tier=inner))


def lesson(tea, title, slug, **facts):
    page = publish(tea, LessonPage(title=title, slug=slug, kind="text"))
    Lesson.objects.filter(pk=page.lesson.pk).update(**facts)
    return page


def opening(tea, title, slug, moment, **facts):
    return lesson(tea, title, slug, unlock=Lesson.Unlock.MOMENT, unlock_at=moment, **facts)


def said(client):
    """The part about today, without the rest of home."""
    text = client.get("/").content.decode()
    return text.partition('aria-labelledby="today-title"')[2].partition("</section>")[0]


def test_ben_sees_what_has_opened_today_and_what_will(login, ben, tea):
    opening(tea, "早课", "morning", at(8))
    opening(tea, "晚课", "evening", at(20))
    opening(tea, "明天的课", "tomorrow", at(8, days=1))
    opening(tea, "昨天的课", "yesterday", at(8, days=-1))
    text = said(login(ben))
    assert text.index("早课") < text.index("08:00 开放了") < text.index("晚课") < text.index("今天 20:00 开放")
    assert "明天的课" not in text
    assert "昨天的课" not in text
    assert text.count("去学") == 1


def test_the_day_is_the_schools_from_midnight_to_midnight(login, ben, tea):
    opening(tea, "零点", "first", at(0))
    opening(tea, "末一分", "last", at(23, 59))
    opening(tea, "次日零点", "next", at(0, days=1))
    text = said(login(ben))
    assert "零点" in text
    assert "末一分" in text
    assert "次日零点" not in text


def test_what_also_waits_for_another_lesson_is_not_called_open(login, ben, tea):
    lesson(tea, "第一课", "one")
    opening(tea, "第二课", "two", at(8), unlock_after_previous=True)
    text = said(login(ben))
    assert "学完《第一课》就开放" in text
    assert "去学" not in text


def test_what_is_finished_is_marked_and_stands_last(login, ben, tea):
    done = opening(tea, "早课", "morning", at(8))
    opening(tea, "午课", "noon", at(11))
    Completion.objects.create(person=ben, lesson=done.lesson)
    text = said(login(ben))
    assert text.index("午课") < text.index("早课") < text.index("已学完")


def test_a_draft_is_never_named(login, ben, tea):
    opening(tea, "草稿", "draft", at(8), is_published=False)
    assert said(login(ben)) == ""


@pytest.mark.parametrize("who", ["cat", "dan"])
def test_who_has_no_right_is_told_nothing_of_it(login, request, tea, who):
    opening(tea, "早课", "morning", at(8))
    assert said(login(request.getfixturevalue(who))) == ""


def test_a_stranger_is_told_nothing_of_it(client, tea):
    opening(tea, "早课", "morning", at(8))
    assert said(client) == ""


def test_the_day_the_right_ends_its_lessons_are_gone(login, ben, tea):
    opening(tea, "早课", "morning", at(8))
    Grant.objects.filter(person=ben).delete()
    assert said(login(ben)) == ""


def sitting(tea, moment, title="夜雨寄北"):
    return lesson(tea, title, f"live{moment:%d%H}", kind="live", starts_at=moment)


def test_what_is_live_in_ones_cohort_is_said_with_its_name(login, ben, tea, cohort):
    tea.course.cohorts.add(cohort)
    for hour in (13, 14, 15):  # these three home shows anyway
        sitting(tea, at(hour), f"白天{hour}")
    sitting(tea, at(20))
    text = said(login(ben))
    assert "夜雨寄北" in text
    assert f"{cohort.name} · 20:00 开讲" in text
    assert "白天13" not in text


def test_who_left_the_cohort_or_whose_cohort_closed_is_told_of_the_lesson_itself(login, ben, tea, cohort):
    tea.course.cohorts.add(cohort)
    for hour in (13, 14, 15, 20):
        sitting(tea, at(hour))
    cohort.closed_at = timezone.now()
    cohort.save()
    client = login(ben)
    assert "一盏茶 · 20:00 开讲" in said(client)
    cohort.closed_at = None
    cohort.save()
    assert f"{cohort.name} · 20:00 开讲" in said(client)
    cohort.seats.filter(person=ben).delete()
    assert "一盏茶 · 20:00 开讲" in said(client)


def test_a_live_lesson_that_is_still_locked_calls_nobody_in(login, ben, tea):
    for hour in (13, 14, 15):
        sitting(tea, at(hour))
    late = sitting(tea, at(20), "还锁着")
    rule = {"unlock": Lesson.Unlock.MOMENT}
    Lesson.objects.filter(pk=late.lesson.pk).update(**rule, unlock_at=at(9, days=3))
    assert "还锁着" not in said(login(ben))
    Lesson.objects.filter(pk=late.lesson.pk).update(**rule, unlock_at=at(9))
    text = said(login(ben))
    assert text.count("还锁着") == 1
    assert "20:00 开讲" in text


def at_an_hour_of_its_own(page, cohort, hour, state="waiting"):
    broadcast = Broadcast.objects.create(lesson=page.lesson, state=state)
    Relay.objects.create(broadcast=broadcast, cohort=cohort, starts_at=hour)


def test_a_cohort_that_hears_the_recording_later_is_called_at_its_own_hour(login, ben, bob, tea, cohort):
    tea.course.cohorts.add(cohort)
    for hour in (13, 14, 15):
        sitting(tea, at(hour))
    at_an_hour_of_its_own(sitting(tea, at(20)), cohort, at(21, 30), state="live")
    text = said(login(ben))
    assert f"{cohort.name} · 21:30 放录播" in text
    assert "20:00" not in text
    assert "进直播间" not in text
    cohort.seats.filter(person=ben).delete()
    assert "20:00 开讲" in said(login(ben))


def test_what_a_cohort_hears_tomorrow_is_told_tomorrow(login, ben, tea, cohort):
    tea.course.cohorts.add(cohort)
    for hour in (13, 14, 15):
        sitting(tea, at(hour))
    late = sitting(tea, at(20))
    at_an_hour_of_its_own(late, cohort, at(8, days=1))
    assert "夜雨寄北" not in said(login(ben))
    with clock.at(at(7, days=1)):
        assert f"{cohort.name} · 08:00 放录播" in said(login(ben))


def test_homes_first_lines_know_the_hour_of_ones_own_cohort(login, client, ben, tea, cohort):
    tea.course.cohorts.add(cohort)
    at_an_hour_of_its_own(sitting(tea, at(13)), cohort, at(21, 30), state="live")
    mine = login(ben).get("/").content.decode()
    assert "21:30 给你们群放录播" in mine
    assert "正在直播" not in mine
    client.logout()
    assert "正在直播" in client.get("/").content.decode()


def test_midnight_belongs_to_the_day_that_begins(login, ben, tea, cohort):
    tea.course.cohorts.add(cohort)
    for hour in (13, 14, 15):
        sitting(tea, at(hour))
    sitting(tea, at(0, days=1), "明天零点")
    assert "明天零点" not in said(login(ben))


def test_who_sits_in_the_cohort_without_a_right_is_not_called_in(login, dan, tea, cohort):
    tea.course.cohorts.add(cohort)
    cohort.seats.get_or_create(person=dan)
    for hour in (13, 14, 15, 20):
        sitting(tea, at(hour))
    assert said(login(dan)) == ""


@pytest.mark.parametrize(("state", "word"), [("waiting", "进候课室"), ("live", "进直播间"), ("ended", "听回放")])
def test_the_next_step_is_what_the_lesson_has_come_to(login, ben, tea, cohort, state, word):
    tea.course.cohorts.add(cohort)
    for hour in (13, 14, 15):
        sitting(tea, at(hour))
    late = sitting(tea, at(20))
    Broadcast.objects.create(lesson=late.lesson, state=state)
    text = said(login(ben))
    assert word in text
    assert ("已讲完" in text) == (state == "ended")


def test_homework_that_was_looked_at_today_leads_to_what_was_said(login, ben, ada, tea):
    page = lesson(tea, "火候", "heat")
    facts = {"person": ben, "lesson": page.lesson, "handed_at": at(8), "seen_by": ada}
    Submission.objects.create(**facts, state="returned", seen_at=at(9), number=1)
    text = said(login(ben))
    assert "看批语" in text
    assert f"/lessons/{page.lesson.pk}/homework/" in text
    Submission.objects.update(seen_at=at(9, days=-1))
    assert said(login(ben)) == ""


def shelf(client):
    return client.get("/").content.decode().partition('class="mine"')[2].partition("</section>")[0]


def test_my_courses_say_how_far_i_am(login, ben, tea):
    pages = [lesson(tea, f"第{n}课", f"n{n}") for n in range(3)]
    assert "3 节" in shelf(login(ben))
    Completion.objects.create(person=ben, lesson=pages[0].lesson)
    assert "学完 1 / 3 节" in shelf(login(ben))
    for page in pages[1:]:
        Completion.objects.create(person=ben, lesson=page.lesson)
    assert "学完了" in shelf(login(ben))


def test_each_course_of_mine_names_the_next_lesson_and_all_of_them_are_one_step_away(login, ben, tea):
    pages = [lesson(tea, f"第{n}课", f"n{n}") for n in range(3)]
    for done in (pages[0], pages[2]):
        Completion.objects.create(person=ben, lesson=done.lesson)
    client = login(ben)
    assert "下一节：第1课" in shelf(client)
    assert 'href="/courses/?opens=mine"' in shelf(client)
    assert "一盏茶" in client.get("/courses/?opens=mine").content.decode()


def test_who_has_no_course_yet_is_shown_a_way_in_and_whose_membership_ended_the_way_back(login, client, cat, tea):
    assert "还没有你的课" not in client.get("/").content.decode()
    assert "还没有你的课" in shelf(login(cat))
    ended = timezone.now() - timedelta(days=3)
    Grant.objects.create(
        person=cat, tier=tea.tier, starts_at=ended - timedelta(days=30), ends_at=ended, source="test:past"
    )
    text = login(cat).get("/").content.decode()
    assert "你的会员到期了" in text
    assert "还没有你的课" not in text


def test_what_others_finished_is_not_mine_and_what_was_taken_back_does_not_count(login, ben, bob, tea):
    one, two = lesson(tea, "甲", "a"), lesson(tea, "乙", "b")
    Completion.objects.create(person=bob, lesson=one.lesson)
    Completion.objects.create(person=ben, lesson=two.lesson)
    Lesson.objects.filter(pk=two.lesson.pk).update(is_published=False)
    assert "学完" not in shelf(login(ben))


def test_the_course_i_heard_last_comes_first(login, ben, ada, inner, tea):
    ink = publish(tea.get_parent(), CoursePage(title="磨墨", slug="ink", promise="会写", instructor=ada, tier=inner))
    heard = lesson(tea, "火候", "heat")
    assert shelf(login(ben)).index("磨墨") < shelf(login(ben)).index("一盏茶")
    Heard.objects.create(person=ben, lesson=heard.lesson, heard_ms=1, at=timezone.now())
    assert shelf(login(ben)).index("一盏茶") < shelf(login(ben)).index("磨墨")
    assert ink.title


def test_home_costs_as_many_queries_for_forty_lessons_and_courses_as_for_a_few(
    login, ben, ada, inner, tea, cohort, django_assert_max_num_queries
):
    tea.course.cohorts.add(cohort)

    def more(number):
        page = publish(
            tea.get_parent(),
            CoursePage(title=f"课{number}", slug=f"c{number}", promise="会", instructor=ada, tier=inner),
        )
        page.course.cohorts.add(cohort)
        one = opening(page, f"早课{number}", "morning", at(8))
        sitting(page, at(20))
        Heard.objects.create(person=ben, lesson=one.lesson, heard_ms=60_000, at=timezone.now())

    client = login(ben)
    more(0)
    client.get("/")
    with django_assert_max_num_queries(42) as few:
        client.get("/")
    for number in range(1, 8):
        more(number)
    with django_assert_max_num_queries(len(few)):
        client.get("/")

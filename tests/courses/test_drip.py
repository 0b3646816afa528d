"""When a lesson opens for whom: by date, from joining, from the cohort's start, after the lesson before; and exceptions."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from racing import at_once

from courses.access import course_access, lesson_access, may_open
from courses.calendar import Calendar, course_calendar
from courses.errors import NotOpenToYou
from courses.models import Completion, Lesson, Override
from courses.services import complete_lesson, publish_lesson
from membership.access import Reason
from membership.models import Grant
from web import clock

pytestmark = pytest.mark.once

HOME = ZoneInfo("Asia/Shanghai")
SOON, PAST = timezone.now() + timedelta(days=3), timezone.now() - timedelta(days=3)


def home(*parts, zone=HOME):
    return datetime(*parts, tzinfo=zone)


def ruled(lesson, **rule):
    for name, value in rule.items():
        setattr(lesson, name, value)
    lesson.save()
    return lesson


def joins(person, tier, starts_at, **more):
    person.grants.all().delete()
    return Grant.objects.create(
        person=person, tier=tier, starts_at=starts_at, ends_at=None, source=f"test:{person.email}", **more
    )


def excepted(course, by, **facts):
    return Override.objects.create(course=course, by=by, reason="出差", **facts)


# By date


def test_a_member_waits_for_the_date_and_hears_it(ben, lesson):
    ruled(lesson, unlock="moment", unlock_at=home(2026, 3, 2, 8, 0))
    with clock.at(home(2026, 3, 1, 12)):
        Grant.objects.update(starts_at=home(2026, 1, 1))
        answer = lesson_access(ben, lesson)
        assert (answer.allowed, answer.reason, answer.offers) == (False, Reason.LOCKED, [])
        assert answer.sentence == "这一节 3月2日（周一）08:00 开放。"
        assert not may_open(ben, lesson)
    with clock.at(home(2026, 3, 2, 8, 0)):
        assert may_open(ben, lesson)


def test_a_date_in_another_year_names_its_year():
    with clock.at(home(2026, 12, 31)):
        assert clock.spoken(home(2027, 1, 4, 9, 30)) == "2027年1月4日（周一）09:30"


def test_who_has_no_right_hears_of_the_price_and_not_of_the_date(cat, dan, eve, lesson, anonymous):
    ruled(lesson, unlock="moment", unlock_at=SOON)
    reasons = [lesson_access(one, lesson).reason for one in (cat, dan, eve, anonymous)]
    assert reasons == [Reason.NEVER, Reason.EXPIRED, Reason.NEVER, Reason.SIGN_IN]


def test_the_teacher_and_the_staff_never_wait(ada, emil, olga, otto, lesson):
    ruled(lesson, unlock="moment", unlock_at=SOON, unlock_after_previous=True)
    assert all(may_open(one, lesson) for one in (ada, emil, olga, otto))


def test_a_free_preview_is_open_whatever_its_rule_says(anonymous, cat, preview):
    ruled(preview, unlock="moment", unlock_at=SOON, unlock_after_previous=True)
    assert all(may_open(one, preview) for one in (anonymous, cat))


def test_in_a_free_course_strangers_wait_for_the_date_and_sign_in_for_what_is_their_own(anonymous, cat, course, lesson):
    course.is_free = True
    course.save()
    ruled(lesson, unlock="moment", unlock_at=SOON)
    assert lesson_access(anonymous, lesson).reason is lesson_access(cat, lesson).reason is Reason.LOCKED
    ruled(lesson, unlock_at=PAST)
    assert lesson_access(anonymous, lesson).allowed
    ruled(lesson, unlock="joining", unlock_days=0)
    assert lesson_access(anonymous, lesson).reason is Reason.SIGN_IN
    assert lesson_access(cat, lesson).allowed


# From joining, from the cohort's start


@pytest.mark.parametrize(
    ("rule", "opens"),
    [
        ({"unlock_days": 7}, home(2024, 3, 5)),
        ({"unlock_days": 7, "unlock_time": time(8, 30)}, home(2024, 3, 5, 8, 30)),
        ({"unlock_days": 1}, home(2024, 2, 28)),
        ({"unlock_days": 2}, home(2024, 2, 29)),  # a leap day
        ({"unlock_days": 3}, home(2024, 3, 1)),
        ({"unlock_days": 366}, home(2025, 2, 27)),
        ({"unlock_weekday": 1}, home(2024, 2, 27)),  # a Tuesday already
        ({"unlock_weekday": 0, "unlock_time": time(20)}, home(2024, 3, 4, 20)),
        ({"unlock_days": 7, "unlock_weekday": 2}, home(2024, 3, 6)),
    ],
)
def test_days_weekday_and_hour_count_from_the_day_of_joining(ben, inner, lesson, rule, opens):
    joins(ben, inner, home(2024, 2, 27, 23, 59))
    ruled(lesson, unlock="joining", **rule)
    assert Calendar(ben, lesson.course).opening(lesson).at == opens
    with clock.at(opens - timedelta(seconds=1)):
        assert lesson_access(ben, lesson).reason in {Reason.LOCKED, Reason.NEVER}
    with clock.at(max(opens, home(2024, 2, 28))):
        assert lesson_access(ben, lesson).allowed


def test_renewals_a_gap_and_an_upgrade_leave_the_day_of_joining_where_it_was(ben, inner, outer, lesson):
    first = joins(ben, inner, home(2026, 1, 1, 9))
    first.ends_at, first.replaced_by = home(2026, 2, 1), "order:up"
    first.save()
    Grant.objects.create(person=ben, tier=outer, starts_at=home(2025, 1, 1), source="test:lower")
    Grant.objects.create(person=ben, scope="course:999999", starts_at=home(2025, 1, 1), source="test:other")
    back = {"starts_at": home(2025, 2, 1), "withdrawn_at": timezone.now()}
    Grant.objects.create(person=ben, tier=inner, source="test:back", **back)
    Grant.objects.create(person=ben, tier=inner, starts_at=home(2026, 6, 1), source="test:again")
    assert Calendar(ben, lesson.course).joined == home(2026, 1, 1, 9)


def test_a_cohort_counts_from_its_own_day_and_of_several_the_first(ben, cohort, other_cohort, lesson):
    ruled(lesson, unlock="cohort", unlock_days=14, unlock_time=time(8))
    cohort.starts_on = date(2026, 9, 7)
    cohort.save()
    assert Calendar(ben, lesson.course).opening(lesson).at == home(2026, 9, 21, 8)
    other_cohort.starts_on = date(2026, 9, 1)
    other_cohort.save()
    assert Calendar(ben, lesson.course).opening(lesson).at == home(2026, 9, 21, 8)
    ben.seats.create(cohort=other_cohort)
    assert Calendar(ben, lesson.course).opening(lesson).at == home(2026, 9, 15, 8)


def test_without_a_cohort_that_has_a_day_the_day_of_joining_counts(ben, bob, inner, cohort, lesson):
    ruled(lesson, unlock="cohort", unlock_days=1)
    for person in (ben, bob):
        joins(person, inner, home(2026, 5, 1, 10))
        assert Calendar(person, lesson.course).opening(lesson).at == home(2026, 5, 2)


def test_where_no_right_is_needed_a_seat_or_signing_up_is_joining(cat, gwen, course, cohort):
    course.is_free = True
    course.save()
    assert Calendar(gwen, course).joined == gwen.seats.get().joined_at
    assert Calendar(cat, course).joined == cat.date_joined


@pytest.mark.parametrize(
    ("first", "hour", "opens"),
    [
        (date(2026, 3, 7), time(8), datetime(2026, 3, 8, 12, tzinfo=UTC)),  # summer time began that night
        (date(2026, 3, 6), time(8), datetime(2026, 3, 7, 13, tzinfo=UTC)),
        (date(2026, 3, 7), time(2, 30), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # 02:30 is left out: shown as 03:30
        (date(2026, 10, 31), time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # comes twice: the first
        (date(2026, 10, 31), None, datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_where_clocks_change_the_hour_is_the_one_on_the_wall(first, hour, opens):
    with override_settings(TIME_ZONE="America/New_York"):
        assert Lesson(unlock_days=1, unlock_time=hour).counted_from(first) == opens


def test_moving_by_days_keeps_the_hour_on_the_wall_too(ben, ada, lesson):
    with override_settings(TIME_ZONE="America/New_York"):
        zone = ZoneInfo("America/New_York")
        ruled(lesson, unlock="moment", unlock_at=home(2026, 3, 7, 8, zone=zone))
        excepted(lesson.course, ada, person=ben, how="shift", days=2)
        assert Calendar(ben, lesson.course).opening(lesson).at == home(2026, 3, 9, 8, zone=zone)


@given(
    first=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    days=st.integers(0, 3650),
    weekday=st.none() | st.integers(0, 6),
    hour=st.none() | st.times(),
)
def test_the_day_is_the_next_such_weekday_and_never_a_week_away(first, days, weekday, hour):
    hour = hour and hour.replace(microsecond=0)
    at = Lesson(unlock_days=days, unlock_weekday=weekday, unlock_time=hour).counted_from(first)
    local = timezone.localtime(at, HOME)
    waited = (local.date() - first).days - days
    assert 0 <= waited < 7
    assert waited == 0 if weekday is None else local.weekday() == weekday
    assert local.time() == (hour or time())


# After the lesson before


def test_a_lesson_opens_when_the_one_before_is_finished(ben, preview, lesson):
    ruled(lesson, unlock_after_previous=True)
    answer = lesson_access(ben, lesson)
    assert (answer.reason, answer.sentence) == (Reason.LOCKED, "学完《开篇》，这一节就开放。")
    complete_lesson(person=ben, lesson=preview)
    assert lesson_access(ben, lesson).allowed


def test_both_the_moment_and_the_lesson_before_are_waited_for(ben, preview, lesson):
    ruled(lesson, unlock="moment", unlock_at=home(2099, 3, 2, 8), unlock_after_previous=True)
    assert lesson_access(ben, lesson).sentence == "这一节 2099年3月2日（周一）08:00 以后开放，还要先学完《开篇》。"
    complete_lesson(person=ben, lesson=preview)
    assert "《开篇》" not in lesson_access(ben, lesson).sentence
    assert not lesson_access(ben, lesson).allowed


def test_the_lesson_before_is_the_one_that_learners_see(ben, preview, lesson, live_lesson):
    ruled(live_lesson, unlock_after_previous=True)
    ruled(lesson, is_published=False)
    assert lesson_access(ben, live_lesson).after == "开篇"
    ruled(preview, is_published=False)
    assert lesson_access(ben, live_lesson).allowed


def test_what_was_finished_is_never_locked_again(ben, preview, lesson):
    complete_lesson(person=ben, lesson=lesson)
    ruled(lesson, unlock="moment", unlock_at=SOON, unlock_after_previous=True)
    assert lesson_access(ben, lesson).allowed
    Grant.objects.update(ends_at=timezone.now())
    assert lesson_access(ben, lesson).reason is Reason.EXPIRED


def test_finishing_twice_is_finishing_once(ben, lesson):
    first = complete_lesson(person=ben, lesson=lesson)
    assert complete_lesson(person=ben, lesson=lesson) == first
    assert Completion.objects.get().how == "said"


def test_what_was_said_and_is_proven_later_is_one_row_that_is_proven(ben, lesson):
    first = complete_lesson(person=ben, lesson=lesson)
    assert complete_lesson(person=ben, lesson=lesson, how=Completion.How.QUIZ) == first
    assert complete_lesson(person=ben, lesson=lesson) == first
    assert Completion.objects.get().how == "quiz"


@pytest.mark.parametrize("who", ["cat", "dan", "eve"])
def test_nobody_finishes_what_is_not_open_to_them(request, who, lesson):
    with pytest.raises(NotOpenToYou):
        complete_lesson(person=request.getfixturevalue(who), lesson=lesson)
    assert not Completion.objects.exists()


def test_nobody_finishes_what_is_locked_to_get_at_the_next(ben, lesson):
    ruled(lesson, unlock="moment", unlock_at=SOON)
    with pytest.raises(NotOpenToYou):
        complete_lesson(person=ben, lesson=lesson)


@pytest.mark.again
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_finish_at_once_both_are_heard_and_one_row_stands(ben, lesson):
    assert at_once(*[lambda: complete_lesson(person=ben, lesson=lesson)] * 6) == []
    assert Completion.objects.count() == 1


# Exceptions


@pytest.mark.again
def test_for_one_person_a_lesson_opens_at_once_and_for_nobody_else(ben, bob, ada, preview, lesson):
    ruled(lesson, unlock="moment", unlock_at=SOON, unlock_after_previous=True)
    given = excepted(lesson.course, ada, person=ben, lesson=lesson)
    assert lesson_access(ben, lesson).allowed
    assert not lesson_access(bob, lesson).allowed
    given.withdrawn_at = timezone.now()
    given.save()
    assert not lesson_access(ben, lesson).allowed


def test_a_cohort_gets_the_whole_course_at_a_moment_of_its_own(ben, bob, ada, cohort, preview, lesson):
    ruled(lesson, unlock="moment", unlock_at=SOON, unlock_after_previous=True)
    at = SOON - timedelta(days=1)
    excepted(lesson.course, ada, cohort=cohort, how="moment", at=at)
    assert lesson_access(ben, lesson).until == at
    assert lesson_access(bob, lesson).until == SOON
    with clock.at(at):
        assert lesson_access(ben, lesson).allowed


def test_moved_by_days_the_lesson_before_is_still_waited_for(ben, ada, preview, lesson):
    ruled(lesson, unlock="moment", unlock_at=SOON, unlock_after_previous=True)
    excepted(lesson.course, ada, person=ben, how="shift", days=-5)
    assert lesson_access(ben, lesson).sentence == "学完《开篇》，这一节就开放。"


def test_of_several_exceptions_the_most_generous_counts(ben, ada, cohort, lesson):
    ruled(lesson, unlock="moment", unlock_at=SOON)
    excepted(lesson.course, ada, person=ben, how="shift", days=3)
    assert lesson_access(ben, lesson).until == SOON + timedelta(days=3)
    excepted(lesson.course, ada, cohort=cohort, lesson=lesson, how="moment", at=SOON + timedelta(days=1))
    assert lesson_access(ben, lesson).until == SOON + timedelta(days=1)
    excepted(lesson.course, ada, person=ben)
    assert lesson_access(ben, lesson).allowed


def test_an_exception_opens_nothing_that_was_not_bought(cat, ada, lesson):
    ruled(lesson, unlock="moment", unlock_at=SOON)
    excepted(lesson.course, ada, person=cat)
    assert lesson_access(cat, lesson).reason is Reason.NEVER


# Cost, publishing


def test_a_lesson_without_a_rule_costs_nothing_more(ben, lesson, course, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert lesson_access(ben, lesson).allowed
    with django_assert_num_queries(1):
        assert course_access(ben, course).allowed


@pytest.mark.parametrize("many", [5, 200])
def test_the_calendar_of_a_course_costs_the_same_however_long_it_is(
    ben, course, cohort, many, django_assert_num_queries
):
    kinds = [{"unlock": "cohort"}, {"unlock": "joining"}, {"unlock_after_previous": True}, {"unlock": "moment"}, {}]
    rows = [Lesson(course=course, title=str(n), position=n, is_published=True, **kinds[n % 5]) for n in range(many)]
    Lesson.objects.bulk_create(rows)
    lessons = list(course.lessons.all())
    with django_assert_num_queries(5):  # exceptions, cohorts, joining, the row, what is finished
        openings = course_calendar(ben, course, lessons)
    assert [one.lesson for one in openings] == lessons


def test_publishing_writes_the_whole_rule(course):
    rule = {"unlock": "joining", "unlock_at": None, "unlock_days": 3, "unlock_weekday": 6, "unlock_time": time(7)}
    lesson = publish_lesson(
        course=course, title="水", url="/w/", position=1, kind="text", drip={**rule, "unlock_after_previous": True}
    )
    lesson.refresh_from_db()
    assert lesson.drip_facts() == {**rule, "unlock_after_previous": True}


def test_another_who_reads_at_the_same_time_does_not_notice():
    with clock.at(home(2020, 1, 1)):
        assert clock.now().year == 2020
        with clock.at(home(2021, 1, 1)):
            assert clock.now().year == 2021
        assert clock.now().year == 2020
    assert clock.now() > home(2025, 1, 1)

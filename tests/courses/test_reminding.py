"""Who asks for it is called a quarter of an hour before a live lesson begins, once, and hears why if it is not open to them."""

from datetime import time, timedelta

import pytest
from clocks import Clock
from django.utils import timezone
from racing import at_once

from courses import reminding
from courses.errors import BegunAlready
from courses.models import Completion, Lesson, Reminder
from courses.tasks import call_in
from live.models import Broadcast, Relay
from media.models import Asset
from notify.models import Message, Wishes
from notify.services import switch_off

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def evening(monkeypatch):
    """An hour before it begins at 22:00, when quiet hours begin."""
    clock = Clock(monkeypatch)
    clock.on(2026, 11, 24, 21)
    return clock


@pytest.fixture
def tonight(live_lesson):
    Lesson.objects.filter(pk=live_lesson.pk).update(starts_at=timezone.now() + timedelta(hours=1))
    live_lesson.refresh_from_db()
    return live_lesson


def address(lesson):
    return f"/lessons/{lesson.pk}/reminder/"


def called(person):
    return list(Message.objects.filter(person=person, kind="live").order_by("pk").values_list("title", flat=True))


def test_ben_is_called_once_and_not_too_early(ben, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    evening.passes(minutes=44)
    call_in.call()
    assert called(ben) == []
    evening.passes(minutes=1)
    for _again in range(3):
        call_in.call()
        evening.passes(minutes=5)
    assert called(ben) == ["《火候》22:00 开讲"]
    told = Message.objects.get(person=ben)
    assert (told.url, "可以先进去等" in told.body) == (tonight.url, True)


def test_the_mail_does_not_wait_for_the_end_of_quiet_hours(ben, tonight, evening):
    Wishes.objects.create(person=ben, quiet_from=time(20), quiet_to=time(8))
    reminding.ask(person=ben, lesson=tonight)
    evening.passes(minutes=50)
    call_in.call()
    assert Message.objects.get(person=ben).due_at <= timezone.now()


def test_who_wants_no_mail_of_lessons_finds_it_among_the_messages(ben, tonight, evening):
    switch_off(person=ben, kinds=["live"])
    reminding.ask(person=ben, lesson=tonight)
    evening.passes(minutes=50)
    call_in.call()
    assert Message.objects.get(person=ben).due_at is None


def test_nobody_is_called_who_did_not_ask_or_asked_no_more(ben, cat, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    reminding.take_back(person=ben, lesson=tonight)
    evening.passes(minutes=50)
    call_in.call()
    assert not Message.objects.exists()


def test_who_may_not_open_it_hears_why(cat, tonight, evening):
    reminding.ask(person=cat, lesson=tonight)
    evening.passes(minutes=50)
    call_in.call()
    assert "要单买才能听" in Message.objects.get(person=cat).body


def test_a_lesson_that_is_moved_calls_again_for_its_new_hour(ben, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    evening.passes(minutes=50)
    call_in.call()
    Lesson.objects.filter(pk=tonight.pk).update(starts_at=tonight.starts_at + timedelta(hours=1))
    call_in.call()
    evening.passes(minutes=60)
    call_in.call()
    assert called(ben) == ["《火候》22:00 开讲", "《火候》定在 11月24日 23:00 开讲", "《火候》23:00 开讲"]


def test_who_waits_is_told_of_another_hour_once_and_at_once_if_it_is_near(ben, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    call_in.call()
    assert called(ben) == []
    tomorrow = tonight.starts_at + timedelta(hours=22)
    Lesson.objects.filter(pk=tonight.pk).update(starts_at=tomorrow)
    for _again in range(2):
        call_in.call()
    assert called(ben) == ["《火候》定在 11月25日 20:00 开讲"]
    Lesson.objects.filter(pk=tonight.pk).update(starts_at=tonight.starts_at)
    evening.passes(minutes=30)
    call_in.call()
    assert called(ben)[1:] == ["《火候》定在 11月24日 22:00 开讲"]
    assert Message.objects.filter(person=ben).latest("pk").due_at <= timezone.now()


def test_a_lesson_without_a_date_says_when_it_has_one(ben, tonight, evening):
    starts_at = tonight.starts_at
    Lesson.objects.filter(pk=tonight.pk).update(starts_at=None)
    tonight.refresh_from_db()
    reminding.ask(person=ben, lesson=tonight)
    call_in.call()
    assert called(ben) == []
    Lesson.objects.filter(pk=tonight.pk).update(starts_at=starts_at)
    call_in.call()
    assert len(called(ben)) == 1


def test_a_worker_that_was_away_calls_late_but_not_into_what_is_over(ben, cat, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    evening.passes(minutes=70)
    call_in.call()
    assert called(ben) == ["《火候》开讲了"]
    assert "从头听起" in Message.objects.get(person=ben).body
    Reminder.objects.create(person=cat, lesson=tonight)
    evening.passes(minutes=30)
    call_in.call()
    assert called(cat) == []


def test_who_waits_for_a_lesson_that_is_called_off_is_told_once_and_again_when_it_has_a_date(
    ben, cat, tonight, evening
):
    for person in (ben, cat):
        reminding.ask(person=person, lesson=tonight)
    Lesson.objects.filter(pk=tonight.pk).update(is_published=False)
    for _again in range(2):
        call_in.call()
    assert called(ben) == called(cat) == ["《火候》11月24日 22:00 不讲了"]
    told = Message.objects.get(person=ben)
    assert (told.url, told.due_at <= timezone.now()) == ("", True)
    Lesson.objects.filter(pk=tonight.pk).update(is_published=True)
    call_in.call()
    evening.passes(minutes=50)
    call_in.call()
    assert called(ben)[1:] == ["《火候》定在 11月24日 22:00 开讲", "《火候》22:00 开讲"]


def test_it_is_called_off_as_often_as_it_is_called_off(ben, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    for is_published in (False, True, False):
        evening.passes(minutes=5)
        Lesson.objects.filter(pk=tonight.pk).update(is_published=is_published)
        call_in.call()
    assert [title[-3:] for title in called(ben)] == ["不讲了", " 开讲", "不讲了"]


def test_called_in_and_then_called_off(ben, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    evening.passes(minutes=50)
    call_in.call()
    tonight.course.__class__.objects.update(is_published=False)
    call_in.call()
    assert called(ben) == ["《火候》22:00 开讲", "《火候》11月24日 22:00 不讲了"]


def test_a_lesson_that_has_no_date_any_more_is_called_off(ben, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    Lesson.objects.filter(pk=tonight.pk).update(starts_at=None)
    call_in.call()
    assert called(ben) == ["《火候》11月24日 22:00 不讲了"]
    assert Message.objects.get(person=ben).url == tonight.url


@pytest.mark.parametrize("later", [timedelta(days=1), timedelta(days=7)])
def test_who_would_come_tonight_is_told_at_once_that_it_is_another_day(ben, tonight, evening, later):
    reminding.ask(person=ben, lesson=tonight)
    evening.passes(minutes=50)
    call_in.call()
    Lesson.objects.filter(pk=tonight.pk).update(starts_at=tonight.starts_at + later)
    call_in.call()
    assert Message.objects.filter(person=ben).latest("pk").due_at <= timezone.now()


def test_a_lesson_that_is_not_to_be_live_any_more_is_called_off(ben, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    Lesson.objects.filter(pk=tonight.pk).update(kind=Lesson.Kind.TEXT)
    for _again in range(2):
        call_in.call()
    assert called(ben) == ["《火候》11月24日 22:00 不讲了"]


def test_whose_account_is_closed_is_not_called(ben, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    type(ben).objects.filter(pk=ben.pk).update(is_active=False)
    evening.passes(minutes=50)
    call_in.call()
    Lesson.objects.filter(pk=tonight.pk).update(is_published=False)
    call_in.call()
    assert not Message.objects.exists()


def test_a_lesson_in_three_days_that_is_called_off_at_night_says_so_in_the_morning(ben, tonight, evening):
    Lesson.objects.filter(pk=tonight.pk).update(starts_at=tonight.starts_at + timedelta(days=3))
    tonight.refresh_from_db()
    reminding.ask(person=ben, lesson=tonight)
    evening.passes(minutes=90)
    Lesson.objects.filter(pk=tonight.pk).update(is_published=False)
    call_in.call()
    assert Message.objects.get(person=ben).due_at > timezone.now()


def test_a_lesson_that_is_over_before_it_is_taken_off_was_not_called_off(ben, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    evening.passes(minutes=120)
    Lesson.objects.filter(pk=tonight.pk).update(is_published=False)
    call_in.call()
    assert called(ben) == []


@pytest.fixture
def recorded(tonight, evening):
    """Given, and recorded: what to call afterwards."""

    def give(*people, after=timedelta(hours=2)):
        for person in people:
            reminding.ask(person=person, lesson=tonight)
        evening.passes(seconds=after.total_seconds())
        asset = Asset.objects.create(kind="audio", title="a", key="a", mime="audio/ogg")
        Lesson.objects.filter(pk=tonight.pk).update(audio=asset)
        for _again in range(2):
            call_in.call()

    return give


def test_who_waited_hears_that_it_can_be_heard_again_once_and_not_at_night(ben, recorded, tonight):
    recorded(ben)
    assert called(ben) == ["《火候》可以回听了"]
    told = Message.objects.get(person=ben)
    assert (told.url, told.due_at > timezone.now()) == (tonight.url, True)
    assert not Reminder.objects.exists()


def test_who_finished_it_or_may_not_open_it_is_not_told(ben, cat, recorded, tonight):
    Completion.objects.create(person=ben, lesson=tonight, how="heard")
    recorded(ben, cat)
    assert not Message.objects.exists()
    assert not Reminder.objects.exists()


def test_whose_cohort_hears_it_later_is_told_when(ben, recorded, tonight, cohort):
    broadcast = Broadcast.objects.create(lesson=tonight, state="ended")
    Relay.objects.create(broadcast=broadcast, cohort=cohort, starts_at=tonight.starts_at + timedelta(days=1))
    recorded(ben)
    assert "11月25日" in Message.objects.get(person=ben).body


def test_a_recording_that_comes_weeks_later_calls_nobody(ben, recorded):
    recorded(ben, after=timedelta(days=8))
    assert not Message.objects.exists()


def test_what_one_run_does_not_manage_the_next_does(ben, cat, dan, tonight, evening):
    for person in (ben, cat, dan):
        reminding.ask(person=person, lesson=tonight)
    evening.passes(minutes=50)
    assert reminding.call_in(seconds=-1) is True
    assert reminding.call_in() is False
    assert Message.objects.count() == 3


def test_what_has_begun_cannot_be_waited_for(ben, tonight, login, evening):
    evening.passes(minutes=61)
    tonight.refresh_from_db()
    with pytest.raises(BegunAlready):
        reminding.ask(person=ben, lesson=tonight)
    answer = login(ben).post(address(tonight), follow=True)
    assert "已经开讲了" in "".join(map(str, answer.context["messages"]))


def test_a_recorded_lesson_has_nothing_to_come(ben, lesson, login):
    login(ben).post(address(lesson))
    assert not Reminder.objects.exists()


def test_pressing_twice_is_once_and_it_can_be_taken_back(ben, tonight, login):
    client = login(ben)
    for _press in range(2):
        assert client.post(address(tonight)).status_code == 302
    assert Reminder.objects.count() == 1
    for _press in range(2):
        assert client.post(address(tonight), {"do": "forget"}).status_code == 302
    assert not Reminder.objects.exists()


def test_a_stranger_signs_in_first_and_a_draft_is_not_there(client, ben, login, tonight):
    assert "/accounts/login/" in client.post(address(tonight)).url
    Lesson.objects.filter(pk=tonight.pk).update(is_published=False)
    assert login(ben).post(address(tonight)).status_code == 404
    assert login(ben).get(address(tonight)).status_code == 405


@pytest.mark.again
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_calls(ben, tonight, evening):
    reminding.ask(person=ben, lesson=tonight)
    evening.passes(minutes=50)
    assert at_once(*[reminding.call_in] * 6) == []
    assert called(ben) == ["《火候》22:00 开讲"]
    Lesson.objects.filter(pk=tonight.pk).update(is_published=False)
    assert at_once(*[reminding.call_in] * 6) == []
    assert len(called(ben)) == 2

"""At night no mail leaves; in the morning one does, with all that waited."""

from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from racing import at_once

from notify import quiet
from notify.models import Kind, Message, Wishes
from notify.services import send_due, wish

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(clock, day=1):
    return datetime(2026, 12, day, *map(int, clock.split(":")), tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "begins", "ends", "over"),
    [
        ("21:59", "22:00", "08:00", None),
        ("22:00", "22:00", "08:00", at("08:00", day=2)),
        ("23:30", "22:00", "08:00", at("08:00", day=2)),
        ("00:00", "22:00", "08:00", at("08:00")),
        ("07:59", "22:00", "08:00", at("08:00")),
        ("08:00", "22:00", "08:00", None),
        ("12:00", "22:00", "08:00", None),
        ("12:59", "13:00", "14:30", None),
        ("13:00", "13:00", "14:30", at("14:30")),
        ("14:29", "13:00", "14:30", at("14:30")),
        ("14:30", "13:00", "14:30", None),
        ("23:59", "00:00", "06:00", None),
        ("00:00", "00:00", "06:00", at("06:00")),
        ("22:30", "22:00", "00:00", at("00:00", day=2)),
        ("00:00", "22:00", "00:00", None),
    ],
)
def test_quiet_hours_begin_and_end_by_the_schools_clock_also_across_midnight(now, begins, ends, over):
    hours = {"begins": time.fromisoformat(begins), "ends": time.fromisoformat(ends)}
    assert quiet.end(at(now).astimezone(UTC), **hours) == over


def test_quiet_hours_end_by_the_clock_on_the_wall_when_that_is_put_back(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    evening = datetime(2026, 10, 24, 23, tzinfo=ZoneInfo("Europe/Berlin"))
    over = quiet.end(evening, begins=time(22), ends=time(8))
    assert over == datetime(2026, 10, 25, 7, tzinfo=UTC)
    assert over - evening.astimezone(UTC) == timedelta(hours=10)


pytestmark = pytest.mark.django_db(transaction=True)


def test_at_noon_a_mail_leaves_at_once(ben, tell_of_homework, it_is, mailoutbox, do_tasks):
    it_is("12:00")
    tell_of_homework(ben)
    do_tasks()
    assert [mail.subject for mail in mailoutbox] == ["作业收下了：水1"]


def test_at_night_it_is_there_to_read_and_its_mail_leaves_in_the_morning(ben, tell_of_homework, it_is, mailoutbox):
    it_is("23:30")
    message = tell_of_homework(ben)
    assert ben.messages.get() == message
    assert message.due_at == at("08:00", day=2)
    assert not DBTaskResult.objects.exists()
    it_is("07:59", day=2)
    send_due()
    assert not mailoutbox
    it_is("08:00", day=2)
    send_due()
    send_due()
    (mail,) = mailoutbox
    assert mail.subject == "作业收下了：水1"


def test_what_waited_for_one_person_comes_in_one_mail_and_nobody_elses_is_in_it(
    ben, cat, tell_of_homework, it_is, mailoutbox
):
    it_is("23:30")
    for number in (1, 2, 3):
        tell_of_homework(ben, number)
    tell_of_homework(cat, 4)
    it_is("08:00", day=2)
    send_due()
    his = next(mail for mail in mailoutbox if mail.to == [ben.email])
    assert len(mailoutbox) == 2
    assert his.subject == "3 条通知：作业收下了：水1 等"
    places = [his.body.index(f"作业收下了：水{n}") for n in (1, 2, 3)]
    assert places == sorted(places)
    assert "http://127.0.0.1:8000/lessons/2/homework/" in his.body
    assert "水4" not in his.body
    assert not Message.objects.filter(sent_at=None).exists()


def test_the_one_mail_is_in_the_language_of_its_reader(ben, tell_of_homework, it_is, mailoutbox):
    ben.language = "en"
    ben.save()
    it_is("23:30")
    for number in (1, 2):
        tell_of_homework(ben, number)
    it_is("08:00", day=2)
    send_due()
    assert mailoutbox[0].subject == "2 notifications: Homework accepted: 水1, and more"


def test_a_receipt_and_what_begins_now_do_not_wait(ben, tell_of_tea, tell_of_homework, it_is, mailoutbox, do_tasks):
    it_is("03:00")
    tell_of_tea(ben)
    tell_of_homework(ben, kind=Kind.LIVE, urgent=True)
    do_tasks()
    assert len(mailoutbox) == 2


def test_what_is_owed_waits_until_the_morning_if_it_may(ben, tell_of_homework, it_is):
    it_is("03:00")
    assert tell_of_homework(ben, kind=Kind.MONEY, urgent=False).due_at == at("08:00")


def test_who_wants_no_quiet_hours_has_none(ben, tell_of_homework, it_is):
    wish(wishes=Wishes(person=ben, is_quiet=False))
    now = it_is("03:00")
    assert tell_of_homework(ben).due_at == now


def test_who_changes_their_hours_changes_when_that_leaves_which_waits(ben, tell_of_homework, it_is, mailoutbox):
    it_is("23:30")
    message = tell_of_homework(ben)
    wish(wishes=Wishes(person=ben, quiet_from=time(23), quiet_to=time(6)))
    message.refresh_from_db()
    assert message.due_at == at("06:00", day=2)
    now = it_is("23:40")
    wish(wishes=Wishes(person=ben, is_quiet=False))
    message.refresh_from_db()
    assert message.due_at == now
    send_due()
    assert len(mailoutbox) == 1


def test_what_is_on_its_way_is_not_sent_twice_because_hours_are_changed(ben, tell_of_tea, it_is, server):
    it_is("12:00")
    message, server.wrong = tell_of_tea(ben), TimeoutError()
    send_due()
    message.refresh_from_db()
    is_due = message.due_at
    wish(wishes=Wishes(person=ben, is_quiet=False))
    message.refresh_from_db()
    assert message.due_at == is_due > timezone.now()


@pytest.mark.postgres
def test_of_workers_who_wake_at_once_one_sends_the_morning_mail(ben, cat, tell_of_homework, it_is, mailoutbox):
    for day in range(1, 6):
        it_is("23:30", day=day)
        for n, person in enumerate((ben, cat, ben)):
            tell_of_homework(person, 10 * day + n)
        it_is("08:00", day=day + 1)
        assert at_once(*[partial(send_due)] * 4) == []
    assert len(mailoutbox) == 10

"""The mail leaves after the commit, and waits for a mail server that is away."""

from datetime import timedelta
from functools import partial
from itertools import pairwise
from smtplib import SMTPServerDisconnected

import pytest
from django.db import connection
from django.utils import timezone
from racing import at_once

from notify import tasks
from notify.models import Message
from notify.services import MOST_TRIES, send, send_due

pytestmark = pytest.mark.django_db(transaction=True)


def hours_pass():
    """What is to be tried again is due."""
    Message.objects.filter(due_at__isnull=False).update(due_at=timezone.now())


def test_ben_reads_what_and_where_in_one_mail(ben, tell_of_tea, server, mailoutbox, do_tasks):
    message = tell_of_tea(ben)
    assert not mailoutbox
    do_tasks()
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([ben.email], "这笔款退给你：一盏茶")
    assert mail.body == f"{message.body}\n\nhttp://127.0.0.1:8000/tea/"
    message.refresh_from_db()
    assert message.sent_at


@pytest.mark.parametrize("wrong", [ConnectionRefusedError(), TimeoutError(), SMTPServerDisconnected("gone")])
def test_while_the_mail_server_is_away_the_message_is_kept_and_then_told_once(
    ben, tell_of_tea, server, mailoutbox, do_tasks, wrong
):
    message, server.wrong = tell_of_tea(ben), wrong
    do_tasks()
    hours_pass()
    send_due()
    message.refresh_from_db()
    assert message.sent_at is None
    server.wrong = None
    for _ in range(2):
        hours_pass()
        send_due()
    assert [mail.to for mail in mailoutbox] == [[ben.email]]
    assert not Message.objects.filter(due_at__isnull=False).exists()


def test_it_is_tried_again_later_and_later(ben, tell_of_tea, server):
    message, server.wrong = tell_of_tea(ben), TimeoutError()
    pauses = []
    for _ in range(MOST_TRIES - 1):
        hours_pass()
        tasks.send_message.call(message.pk)
        message.refresh_from_db()
        pauses.append(message.due_at - timezone.now())
    assert all(later > 1.9 * sooner for sooner, later in pairwise(pauses))
    assert timedelta(minutes=1) < pauses[0] < timedelta(minutes=3)
    assert timedelta(days=2) < sum(pauses, timedelta()) < timedelta(days=3)


def test_a_mail_that_nobody_ever_takes_is_given_up_and_stays_a_row(ben, tell_of_tea, server):
    message, server.wrong = tell_of_tea(ben), TimeoutError()
    for _ in range(MOST_TRIES):
        hours_pass()
        tasks.send_message.call(message.pk)
    message.refresh_from_db()
    assert (message.due_at, message.sent_at) == (None, None)


def test_while_the_mail_server_cannot_be_reached_nobodys_tries_are_used_up(ben, cat, tell_of_tea, server):
    messages = [tell_of_tea(ben), tell_of_tea(cat, "tea:2")]
    server.is_away = True
    for _ in range(MOST_TRIES + 1):
        assert not send_due()
    assert set(Message.objects.values_list("tries", flat=True)) == {0}
    server.is_away = False
    send_due()
    assert Message.objects.exclude(sent_at=None).count() == len(messages)


def test_a_message_that_was_sent_is_not_sent_again_by_a_second_worker(ben, tell_of_tea, server, mailoutbox, do_tasks):
    message = tell_of_tea(ben)
    do_tasks()
    assert not send(message=message)
    tasks.send_message.call(message.pk)
    send_due()
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("address", ["nobody@example.com", "no address", "line\nfeed@example.com", ""])
def test_a_bad_address_harms_nobody_elses_message(ben, cat, hal, tell_of_tea, server, mailoutbox, do_tasks, address):
    type(cat).objects.filter(pk=cat.pk).update(email=address)
    server.refuses = ("nobody@example.com", "no address")
    for number, person in enumerate((ben, cat, hal)):
        tell_of_tea(person, f"tea:{number}")
    do_tasks()
    hours_pass()
    send_due()
    assert sorted(mail.to[0] for mail in mailoutbox) == [ben.email, hal.email]


@pytest.mark.parametrize("address", ["nobody@example.com", "line\nfeed@example.com"])
def test_a_bad_address_holds_up_nobody_who_waited_for_the_morning(
    ben, cat, hal, tell_of_tea, server, mailoutbox, address
):
    type(cat).objects.filter(pk=cat.pk).update(email=address)
    server.refuses = ("nobody@example.com",)
    for number, person in enumerate((ben, cat, hal)):
        tell_of_tea(person, f"tea:{number}")
    send_due()
    assert sorted(mail.to[0] for mail in mailoutbox) == [ben.email, hal.email]


class Killed(BaseException):
    """Nothing of ours catches it."""


def test_a_worker_killed_while_it_sends_loses_no_mail(ben, tell_of_tea, server, mailoutbox):
    message, server.wrong = tell_of_tea(ben), Killed()
    with pytest.raises(Killed):
        tasks.send_message.call(message.pk)
    server.wrong = None
    send_due()
    assert not mailoutbox  # it may be on its way: nobody else takes it for two minutes
    hours_pass()
    send_due()
    assert len(mailoutbox) == 1


def test_a_worker_killed_between_sending_and_saying_so_sends_it_again_and_no_third_time(
    ben, tell_of_tea, server, mailoutbox, monkeypatch
):
    message = tell_of_tea(ben)

    def die_when_it_is_to_be_said(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and '"sent_at" = ' in sql:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(die_when_it_is_to_be_said), pytest.raises(Killed):
        tasks.send_message.call(message.pk)
    for _ in range(3):
        hours_pass()
        send_due()
    assert len(mailoutbox) == 2


def test_of_many_some_are_left_for_the_next_time_so_that_others_come_in_between(ben, cat, tell_of_tea, mailoutbox):
    for number, person in enumerate((ben, cat)):
        tell_of_tea(person, f"tea:{number}")
    assert send_due(seconds=-1)
    assert not mailoutbox
    assert not send_due()
    assert len(mailoutbox) == 2


def test_the_worker_goes_on_until_all_are_sent(ben, tell_of_tea, mailoutbox, do_tasks, monkeypatch):
    answers = iter([True, True, False])
    monkeypatch.setattr("notify.services.send_due", lambda: next(answers))
    tasks.send_due.enqueue()
    do_tasks()
    assert next(answers, None) is None


@pytest.mark.postgres
def test_of_workers_who_send_at_once_one_sends(ben, tell_of_tea, mailoutbox):
    for cup in range(10):
        message = tell_of_tea(ben, f"tea:{cup}")
        sends = partial(send, message=message)
        assert at_once(sends, send_due, sends, send_due) == []
    assert len(mailoutbox) == 10

"""The mail leaves after the commit, and waits for a mail server that is away."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from notify.models import Message
from notify.services import send
from notify.tasks import ATTEMPTS, send_message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(monkeypatch):
    """The mail server: `server.wrong = error` lets it fail; `server.refuses` are addresses it does not know."""

    class Server:
        wrong, refuses = None, ()

    server, take = Server(), EmailBackend.send_messages

    def post(backend, letters):
        refused = {
            address: (550, b"no such person")
            for letter in letters
            for address in letter.to
            if address in server.refuses
        }
        if server.wrong or refused:
            raise server.wrong or SMTPRecipientsRefused(refused)
        return take(backend, letters)

    monkeypatch.setattr(EmailBackend, "send_messages", post)
    return server


def waiting():
    return DBTaskResult.objects.filter(status="READY")


def hours_pass():
    """What was put off is due."""
    waiting().update(run_after=timezone.now())


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
    do_tasks()
    message.refresh_from_db()
    assert message.sent_at is None
    server.wrong = None
    hours_pass()
    do_tasks()
    hours_pass()
    do_tasks()
    assert [mail.to for mail in mailoutbox] == [[ben.email]]
    assert not waiting().exists()


def test_it_is_tried_again_later_and_later(ben, tell_of_tea, server):
    message, server.wrong = tell_of_tea(ben), TimeoutError()
    DBTaskResult.objects.all().delete()
    for attempt in (1, 6, ATTEMPTS - 1):
        send_message.call(message.pk, attempt)
    soon, later, last = waiting().order_by("run_after").values_list("run_after", flat=True)
    assert last - later > 10 * (later - soon) > timedelta()
    assert timezone.now() + timedelta(minutes=30) < last < timezone.now() + timedelta(hours=1)


def test_a_mail_that_nobody_ever_takes_is_given_up_and_stays_a_row(ben, tell_of_tea, server):
    message, server.wrong = tell_of_tea(ben), TimeoutError()
    DBTaskResult.objects.all().delete()
    send_message.call(message.pk, ATTEMPTS)
    assert not waiting().exists()
    assert Message.objects.get() == message


def test_a_message_that_was_sent_is_not_sent_again_by_a_second_worker(ben, tell_of_tea, server, mailoutbox, do_tasks):
    message = tell_of_tea(ben)
    do_tasks()
    message.refresh_from_db()
    send(message=message)
    send_message.call(message.pk)
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("address", ["nobody@example.com", "no address", "line\nfeed@example.com", ""])
def test_a_bad_address_harms_nobody_elses_message(ben, cat, hal, tell_of_tea, server, mailoutbox, do_tasks, address):
    type(cat).objects.filter(pk=cat.pk).update(email=address)
    server.refuses = ("nobody@example.com", "no address")
    for number, person in enumerate((ben, cat, hal)):
        tell_of_tea(person, f"tea:{number}")
    do_tasks()
    hours_pass()
    do_tasks()
    assert sorted(mail.to[0] for mail in mailoutbox) == [ben.email, hal.email]

"""Something to tell people: their money comes back, their homework was read. And a mail server that fails as it is told."""

from datetime import datetime
from smtplib import SMTPRecipientsRefused
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.mail.backends.locmem import EmailBackend

from notify.models import Kind
from notify.services import tell


@pytest.fixture
def tell_of_tea():
    """`tell_of_tea(ben)`; about another cup: `tell_of_tea(ben, "tea:2")`. Money: it can not wait."""

    def told(person, key="tea:1"):
        order = SimpleNamespace(title="一盏茶", amount=6800, currency="CNY")
        facts = {"order": order, "reason": "茶凉了", "kind": Kind.MONEY}
        return tell(person=person, key=key, template="payments/mail/returned.txt", url="/tea/", **facts)

    return told


@pytest.fixture
def tell_of_homework():
    """`tell_of_homework(ben, 1)`: the first paper was accepted. It can wait until the morning."""

    def told(person, number=1, **facts):
        lesson = SimpleNamespace(title=f"水{number}")
        facts = {"kind": Kind.LEARNING, "url": f"/lessons/{number}/homework/"} | facts
        facts["submission"] = SimpleNamespace(lesson=lesson, score=None, comment="写得好")
        return tell(person=person, key=f"homework:{number}", template="courses/homework/mail/accepted.txt", **facts)

    return told


@pytest.fixture
def it_is(monkeypatch):
    """`it_is("23:30")` of a day in Shanghai, where the school is; `it_is("08:00", day=2)` on the next one."""

    def set_clock(clock, day=1):
        hour, minute = map(int, clock.split(":"))
        moment = datetime(2026, 12, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        return moment

    return set_clock


@pytest.fixture
def server(monkeypatch):
    """The mail server: `server.wrong = error` lets it fail; `server.refuses` are addresses it does not know; `server.is_away`."""

    class Server:
        wrong, refuses, is_away = None, (), False

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

    def open_line(backend):
        if server.is_away:
            raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", post)
    monkeypatch.setattr(EmailBackend, "open", open_line)
    return server

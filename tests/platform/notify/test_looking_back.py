"""What was told before messages stood on a page."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from notify.models import Message

look_back = import_module("notify.migrations.0002_read_and_quiet").look_back


@pytest.fixture
def before(ben):
    """`before("paid:1", hours=2, sent=True)`: a row as it stood then."""

    def told(key, *, hours, sent):
        at = timezone.now() - timedelta(hours=hours)
        facts = {"created_at": at, "sent_at": at if sent else None}
        return Message.objects.create(person=ben, key=key, title=key, **facts)

    return told


def test_what_was_sent_is_read_and_nobody_finds_a_year_of_dots(before):
    sent = before("paid:1", hours=9000, sent=True)
    look_back(apps, None)
    sent.refresh_from_db()
    assert sent.read_at == sent.sent_at
    assert sent.due_at is None


def test_what_is_on_its_way_goes_on_and_what_was_given_up_long_ago_does_not(before):
    waits, given_up = before("homework:1:accepted", hours=1, sent=False), before("ends:week:1", hours=200, sent=False)
    look_back(apps, None)
    assert list(Message.objects.due(timezone.now())) == [waits]
    assert set(Message.objects.unread()) == {waits, given_up}


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("paid:1", "money"),
        ("part:due:1:2", "money"),
        ("past-due:1", "money"),
        ("unpaid:1", "membership"),
        ("ends:week:1:20261201", "membership"),
        ("homework:1:accepted", "learning"),
        ("certificate:1", "learning"),
        ("differences:1:1", "office"),
    ],
)
def test_each_is_sorted_by_what_it_was_about(before, key, kind):
    message = before(key, hours=1, sent=True)
    look_back(apps, None)
    message.refresh_from_db()
    assert message.kind == kind

"""What is told is a row: once, in the words of the one who is told, when its reason was committed."""

import pytest
from django.db import transaction
from django.utils import translation
from django_tasks_db.models import DBTaskResult
from racing import at_once

from notify.models import Message


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("", "这笔款退给你：一盏茶"),
        ("zh-hans", "这笔款退给你：一盏茶"),
        ("zh-hant", "這筆款退給你：一盏茶"),
        ("en", "Your money comes back: 一盏茶"),
    ],
)
def test_each_is_told_in_their_own_language_whoever_gives_the_reason(ben, tell_of_tea, language, title):
    ben.language = language
    with translation.override("en"):  # an operator reads English
        message = tell_of_tea(ben)
        assert translation.get_language() == "en"
    assert message.title == title
    assert "茶凉了" in message.body
    assert title not in message.body


def test_ben_is_told_once_of_one_thing_and_again_of_another(ben, tell_of_tea):
    first = tell_of_tea(ben)
    assert tell_of_tea(ben) == first
    assert tell_of_tea(ben, "tea:2") != first
    assert DBTaskResult.objects.count() == Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_nobody_is_told_what_was_rolled_back(ben, tell_of_tea, mailoutbox, do_tasks):
    with transaction.atomic():
        tell_of_tea(ben)
        transaction.set_rollback(True)
    do_tasks()
    assert not mailoutbox
    assert not Message.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_tell_ben_at_once_one_does(ben, tell_of_tea):
    for cup in range(10):
        tells = transaction.atomic(lambda cup=cup: tell_of_tea(ben, f"tea:{cup}"))
        assert at_once(tells, tells, tells) == []
    assert DBTaskResult.objects.count() == Message.objects.count() == 10

"""The door through which a browser tells what was heard."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courses.hearing.ticket import Ticket, issue
from courses.models import Heard
from media.models import Asset
from membership.models import Grant

pytestmark = pytest.mark.once
SPAN = {"id": "a", "from_ms": 0, "to_ms": 60_000, "began": 0, "ended": 60_000}


@pytest.fixture
def lesson(lesson):
    lesson.audio = Asset.objects.create(kind="audio", title="水", key="k/a.ogg", mime="audio/ogg", duration_ms=600_000)
    lesson.save()
    return lesson


def ticket(person, lesson, **ago):
    return str(Ticket(person.pk, lesson.pk, timezone.now() - timedelta(**(ago or {"minutes": 30}))))


def report(client, lesson, told, **more):
    body = told if isinstance(told, (str, bytes)) else json.dumps(told)
    return client.post(f"/lessons/{lesson.pk}/heard/", body, content_type="application/json", **more)


def refused(answer, status, name):
    """With a sentence, and nothing was credited."""
    told = answer.json()
    assert (answer.status_code, told["name"]) == (status, name)
    assert told["error"].endswith("。")
    assert not Heard.objects.filter(ear_ms__gt=0).exists()


def test_the_player_tells_what_ben_heard_and_where_he_is(login, ben, lesson):
    told = {"ticket": ticket(ben, lesson), "spans": [SPAN], "place": {"ms": 60_000, "at": 60_000}}
    answer = report(login(ben), lesson, told)
    assert answer.status_code == 200
    assert answer.json()["ear_ms"] == 60_000
    assert answer["Cache-Control"].startswith("max-age=0")
    row = Heard.objects.get()
    assert (row.person, row.lesson, row.place_ms) == (ben, lesson, 60_000)


def test_a_ticket_as_the_page_gets_it_is_taken(login, ben, lesson):
    told = {"ticket": issue(person=ben, lesson=lesson), "spans": []}
    assert report(login(ben), lesson, told).status_code == 200


def test_nothing_is_credited_without_a_ticket(login, ben, lesson):
    refused(report(login(ben), lesson, {"spans": [SPAN]}), 400, "unreadable")
    refused(report(login(ben), lesson, {"ticket": "", "spans": [SPAN]}), 400, "ticket")


def test_nothing_is_credited_under_a_ticket_that_was_altered(login, ben, lesson):
    """An hour older than it is, for another lesson, signed by nobody."""
    person, number, rest = ticket(ben, lesson).split(".", 2)
    issued, signature = rest.split(":")
    for forged in (
        f"{person}.{number}.{int(issued) - 3_600_000}:{signature}",
        f"{person}.{int(number) + 1}.{issued}:{signature}",
        f"{person}.{number}.{issued}",
        f"{person}.{number}.{issued}:{signature}x",
    ):
        refused(report(login(ben), lesson, {"ticket": forged, "spans": [SPAN]}), 400, "ticket")


def test_a_ticket_is_for_one_lesson(login, ben, lesson, preview):
    refused(report(login(ben), lesson, {"ticket": ticket(ben, preview), "spans": [SPAN]}), 400, "ticket")


def test_what_ben_heard_is_not_credited_to_bob_who_has_the_device_now(login, ben, bob, lesson):
    refused(report(login(bob), lesson, {"ticket": ticket(ben, lesson), "spans": [SPAN]}), 403, "person")


def test_a_ticket_is_good_for_thirty_days(login, ben, lesson):
    told = {"ticket": ticket(ben, lesson, days=30, minutes=1), "spans": [SPAN]}
    refused(report(login(ben), lesson, told), 410, "old")
    told["ticket"] = ticket(ben, lesson, days=29, hours=23)
    assert report(login(ben), lesson, told).json()["ear_ms"] == 60_000


def test_who_has_signed_out_is_asked_to_sign_in_and_may_tell_it_then(client, ben, lesson):
    refused(report(client, lesson, {"ticket": ticket(ben, lesson), "spans": [SPAN]}), 401, "login")


def test_a_late_report_is_credited_though_the_right_has_ended(login, ben, lesson):
    told = {"ticket": ticket(ben, lesson, days=2), "spans": [SPAN]}
    Grant.objects.filter(person=ben).update(ends_at=timezone.now() - timedelta(days=1))
    assert report(login(ben), lesson, told).json()["ear_ms"] == 60_000


def test_a_lesson_that_is_gone_takes_nothing(login, ben, lesson):
    told, client = {"ticket": ticket(ben, lesson), "spans": [SPAN]}, login(ben)
    pk = lesson.pk
    lesson.delete()
    lesson.pk = pk
    refused(report(client, lesson, told), 400, "ticket")


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\xff\xfe",
        "[]",
        "null",
        "[" * 60_000,
        {"spans": {}},
        {"spans": ["a"]},
        {"spans": [{}]},
        {"spans": [SPAN | {"from_ms": -1}]},
        {"spans": [SPAN | {"to_ms": "60000"}]},
        {"spans": [SPAN | {"to_ms": 60_000.5}]},
        {"spans": [SPAN | {"to_ms": True}]},
        {"spans": [SPAN | {"to_ms": None}]},
        {"spans": [SPAN | {"to_ms": 10**18}]},
        {"spans": [SPAN | {"ended": float("nan")}]},
        {"spans": [SPAN | {"ended": float("inf")}]},
        {"spans": [SPAN | {"ended": 10**12}]},
        {"spans": [SPAN | {"from_ms": 2, "to_ms": 1}]},
        {"spans": [SPAN | {"began": 2, "ended": 1}]},
        {"spans": [SPAN | {"id": 7}]},
        {"spans": [SPAN | {"id": "x" * 65}]},
        {"spans": [SPAN], "place": 5},
        {"spans": [SPAN], "place": {"ms": -1, "at": 0}},
        {"spans": [SPAN], "place": {"ms": 1}},
    ],
    ids=lambda wrong: str(wrong)[:60],
)
def test_what_no_player_could_mean_is_refused_as_a_whole(login, ben, lesson, wrong):
    told = {"ticket": ticket(ben, lesson)} | wrong if isinstance(wrong, dict) else wrong
    refused(report(login(ben), lesson, told), 400, "unreadable")


def test_what_is_too_long_is_not_even_read(login, ben, lesson):
    told = {"ticket": ticket(ben, lesson), "spans": [SPAN] * 201}
    refused(report(login(ben), lesson, told), 413, "too-much")
    refused(report(login(ben), lesson, " " * 70_000), 413, "too-much")


def test_a_page_with_something_to_send_learns_who_is_signed_in(client, login, ben, lesson):
    assert client.get(f"/lessons/{lesson.pk}/heard/").json()["listener"] == 0
    told = login(ben).get(f"/lessons/{lesson.pk}/heard/").json()
    assert told["listener"] == ben.pk
    assert told["token"]


def test_a_report_from_another_site_is_refused(ben, lesson):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ben, backend="django.contrib.auth.backends.ModelBackend")
    told = {"ticket": ticket(ben, lesson), "spans": [SPAN]}
    assert report(client, lesson, told).status_code == 403
    client.get("/accounts/login/")
    client.cookies["csrftoken"] = "t" * 32
    assert report(client, lesson, told, headers={"X-CSRFToken": "t" * 32}).status_code == 200


def test_a_hundred_and_twenty_reports_a_minute_are_enough(login, ben, lesson):
    client = login(ben)
    answers = [report(client, lesson, "x") for _ in range(121)]
    assert [answer.status_code for answer in answers[119:]] == [400, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_person_who_leaves_takes_what_they_heard_with_them(login, ben, lesson):
    report(login(ben), lesson, {"ticket": ticket(ben, lesson), "spans": [SPAN]})
    User.objects.get(pk=ben.pk).delete()
    assert not Heard.objects.exists()

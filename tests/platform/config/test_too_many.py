"""Promise S8: who tries too often is refused calmly, told when to come back, and learns nothing of others by it."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

import accounts.forms
import accounts.views.door
import live.views.hls
import media.views
from accounts.models import User
from live.services.broadcasts import prepare_broadcast
from media.models import Asset
from web.limits import Limit

pytestmark = pytest.mark.once

DOOR = "/accounts/login/"
CONFIRM = "/accounts/login/code/confirm/"


def is_calm(answer, *, at_most):
    said = answer.json()["error"] if answer["Content-Type"] == "application/json" else answer.content.decode()
    return (
        answer.status_code == 429
        and 0 < int(answer["Retry-After"]) <= at_most
        and ("试得太多了" in said or "说得太快了" in said)
    )


def seen(answer):
    """What a page shows, less what differs from one visit to the next: the token, the address, the seconds left."""
    return re.sub(
        r'(csrfmiddlewaretoken" value=)"\w+"|[\w.]+@example.com|\d+ (?:秒|分钟)', r"\1", answer.content.decode()
    )


@pytest.fixture
def shut_out(cat):
    User.objects.filter(pk=cat.pk).update(is_active=False)
    return cat


def test_the_fourth_code_in_a_minute_is_refused_alike_for_a_member_a_stranger_and_one_shut_out(client, ben, shut_out):
    refusals = []
    for email in (ben.email, "nobody@example.com", shut_out.email):
        for _ in range(3):
            assert client.post(DOOR, {"email": email}).status_code == 302
        refusals.append(client.post(DOOR, {"email": email}))
    assert all(is_calm(refusal, at_most=60) for refusal in refusals)
    assert len({seen(refusal) for refusal in refusals}) == 1


def test_a_refused_stranger_is_not_even_written_down(client, db):
    for _ in range(4):
        client.post(DOOR, {"email": "nobody@example.com"})
    User.objects.all().delete()
    assert is_calm(client.post(DOOR, {"email": "nobody@example.com"}), at_most=60)
    assert not User.objects.exists()


def test_one_address_asks_for_codes_for_twenty_people_and_no_more(client, db):
    answers = [client.post(DOOR, {"email": f"p{number}@example.com"}) for number in range(21)]
    assert [answer.status_code for answer in answers] == [302] * 20 + [429]
    assert is_calm(answers[-1], at_most=60)
    elsewhere = client.post(DOOR, {"email": "p21@example.com"}, REMOTE_ADDR="10.0.0.9")
    assert elsewhere.status_code == 302


def test_the_hour_is_told_when_it_is_the_hour_that_is_full(client, ben, monkeypatch):
    monkeypatch.setattr(accounts.forms, "BY_EMAIL", (Limit("ask-code-hour", most=1, seconds=3600),))
    client.post(DOOR, {"email": ben.email})
    refusal = client.post(DOOR, {"email": ben.email.upper()})
    assert is_calm(refusal, at_most=3600)
    assert int(refusal["Retry-After"]) > 60


def test_a_member_and_a_stranger_cost_the_door_about_the_same_work(client, ben):
    def work(email):
        client.cookies.clear()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.post(DOOR, {"email": email})
        return len(asked)

    work("warm@example.com")
    known, unknown = work(ben.email), work("nobody@example.com")
    assert len(mail.outbox) == 3
    assert abs(known - unknown) <= 6  # a stranger is written down: two rows, each in its savepoint


def test_codes_are_not_guessed_by_the_dozen_from_one_address(client, ben, monkeypatch):
    monkeypatch.setattr(accounts.views.door, "TYPED", Limit("type-code", most=2, seconds=600))
    client.post(DOOR, {"email": ben.email})
    code = re.search(r"^([A-Z0-9]{3,4}-[A-Z0-9]{3,4})$", mail.outbox[-1].body, re.MULTILINE)[1]
    for _ in range(2):
        assert client.post(CONFIRM, {"code": "AAAA"}).status_code == 200
    assert is_calm(client.post(CONFIRM, {"code": code}), at_most=600)
    assert "_auth_user_id" not in client.session
    assert client.post(CONFIRM, {"code": code}, REMOTE_ADDR="10.0.0.9").status_code == 302


def test_right_codes_are_not_counted(client, ben, monkeypatch):
    monkeypatch.setattr(accounts.views.door, "TYPED", Limit("type-code", most=1, seconds=600))
    for _ in range(3):
        client.post(DOOR, {"email": ben.email})
        code = re.search(r"^([A-Z0-9]{3,4}-[A-Z0-9]{3,4})$", mail.outbox[-1].body, re.MULTILINE)[1]
        assert client.post(CONFIRM, {"code": code}).status_code == 302
        client.logout()


@pytest.fixture
def few(monkeypatch):
    for views, name in ((media.views, "media"), (live.views.hls, "hls")):
        monkeypatch.setattr(views, "BY_PERSON", Limit(f"{name}-person", most=2, seconds=60))
        monkeypatch.setattr(views, "BY_ADDRESS", Limit(f"{name}-address", most=2, seconds=60))


@pytest.fixture
def picture(db):
    return Asset.objects.create(kind="image", title="茶", mime="image/png", size=4, guard="public", key="assets/x")


def test_links_to_media_are_not_drawn_without_end(few, client, login, ben, picture):
    address = f"/media/{picture.uuid}/"
    answers = [client.get(address) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert is_calm(answers[-1], at_most=60)
    assert login(ben).get(address).status_code == 302  # whoever signs in is counted alone


def test_what_lies_behind_a_link_is_not_fetched_without_end_either(few, client, picture):
    answers = [client.get("/media/file/forged/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert is_calm(answers[-1], at_most=60)


@pytest.mark.parametrize("part", ["live.m3u8", "1.aac"])
def test_playlists_and_their_parts_are_not_fetched_without_end(few, login, ben, bob, live_lesson, part):
    prepare_broadcast(lesson=live_lesson)
    address = f"/live/{live_lesson.pk}/hls/{part}"
    answers = [login(ben).get(address) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert is_calm(answers[-1], at_most=60)
    assert login(bob).get(address).status_code == 404


def test_the_pace_of_a_listener_is_never_in_the_way_of_listening():
    """A playlist and its parts every two seconds, and a player that asks for ten parts of a file at once."""
    assert live.views.hls.BY_PERSON.most / live.views.hls.BY_PERSON.seconds >= 2
    assert media.views.BY_PERSON.most / media.views.BY_PERSON.seconds >= 10


def test_a_flood_in_the_chat_is_refused_until_the_time_that_is_told(login, ben, cohort, live_lesson):
    from live.models import Message
    from live.services.relaying import relay_to

    broadcast = prepare_broadcast(lesson=live_lesson)
    relay_to(broadcast=broadcast, cohorts=type(cohort).objects.all(), by=live_lesson.course.instructor)
    said = {"text": "好", "cohort": cohort.pk}
    answers = [
        login(ben).post(f"/live/{live_lesson.pk}/{where}/", said, content_type="application/json")
        for where in ["chat", "ask"] * 6
    ]
    assert [answer.status_code for answer in answers] == [201] * 8 + [429] * 4
    assert all(is_calm(answer, at_most=10) for answer in answers[8:])
    assert Message.objects.count() == 4

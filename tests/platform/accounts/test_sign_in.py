"""The one door: an address, and the code that was sent to it."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Role, User

pytestmark = pytest.mark.once

DOOR = "/accounts/login/"
CONFIRM = "/accounts/login/code/confirm/"


@pytest.fixture(autouse=True)
def _fresh(db):
    cache.clear()  # where tries are counted


def ask(client, email, **more):
    return client.post(DOOR, {"email": email, **more})


def code_in_mail():
    """The code stands on a line of its own, so that it can be copied whole."""
    return re.search(r"^([A-Z0-9]{3,4}-[A-Z0-9]{3,4})$", mail.outbox[-1].body, re.MULTILINE)[1]


def signed_in(client):
    return client.session.get("_auth_user_id")


def seen(page):
    """What a page shows, less what differs from one visit to the next."""
    return re.sub(r'(csrfmiddlewaretoken" value=)"\w+"|[\w.]+@example.com', r"\1", page.content.decode())


def test_someone_signs_in_with_the_code_from_the_mail(client, cat):
    assert ask(client, cat.email).url == CONFIRM
    assert mail.outbox[0].to == [cat.email]
    assert "登录码" in mail.outbox[0].subject
    client.post(CONFIRM, {"code": code_in_mail()})
    assert signed_in(client) == str(cat.pk)


def test_the_address_may_be_typed_in_capitals_and_the_code_without_its_dash(client, cat):
    ask(client, cat.email.upper())
    client.post(CONFIRM, {"code": code_in_mail().replace("-", "").lower()})
    assert signed_in(client) == str(cat.pk)


def test_a_stranger_gets_in_as_a_learner(client):
    ask(client, "new@example.com")
    client.post(CONFIRM, {"code": code_in_mail()})
    person = User.objects.by_email("new@example.com")
    assert signed_in(client) == str(person.pk)
    assert (person.role, person.is_staff, person.has_usable_password()) == (Role.LEARNER, False, False)


def test_a_stranger_and_a_member_see_the_same_page_and_get_the_same_mail(client, cat):
    known = seen(client.post(DOOR, {"email": cat.email}, follow=True))
    client.cookies.clear()
    unknown = seen(client.post(DOOR, {"email": "new@example.com"}, follow=True))
    assert known == unknown
    first, second = (re.sub(r"[A-Z0-9]{3,4}-[A-Z0-9]{3,4}", "", letter.body) for letter in mail.outbox)
    assert first == second


def test_who_has_been_shut_out_sees_the_same_page_and_gets_no_mail(client, cat):
    User.objects.filter(pk=cat.pk).update(is_active=False)
    assert ask(client, cat.email).url == CONFIRM
    assert mail.outbox == []
    client.post(CONFIRM, {"code": ""})
    assert signed_in(client) is None


def test_a_wrong_code_says_so_and_the_third_one_ends_it(client, cat):
    ask(client, cat.email)
    right = code_in_mail()
    assert "码不对" in client.post(CONFIRM, {"code": "AAAA"}).content.decode()
    client.post(CONFIRM, {"code": "BBBB"})
    page = client.post(CONFIRM, {"code": "CCCC"}, follow=True)
    assert page.redirect_chain[-1][0] == DOOR
    assert "试得太多了" in page.content.decode()
    client.post(CONFIRM, {"code": right})
    assert signed_in(client) is None


def test_a_code_works_once(client, cat):
    ask(client, cat.email)
    code = code_in_mail()
    client.post(CONFIRM, {"code": code})
    client.logout()
    client.post(CONFIRM, {"code": code})
    assert signed_in(client) is None


def test_where_someone_was_going_is_kept(client, cat):
    assert 'value="/live/7/"' in client.get(f"{DOOR}?next=/live/7/").content.decode()
    confirm = ask(client, cat.email, next="/live/7/").url
    assert 'value="/live/7/"' in client.get(confirm).content.decode()
    assert client.post(confirm, {"code": code_in_mail(), "next": "/live/7/"}).url == "/live/7/"


def test_nobody_is_sent_to_another_site_after_signing_in(client, cat):
    confirm = ask(client, cat.email, next="https://evil.example/").url
    page = client.post(confirm, {"code": code_in_mail(), "next": "https://evil.example/"})
    assert page.url == "/"


def test_too_many_tries_are_told_to_wait(client, cat):
    for _ in range(3):
        assert ask(client, cat.email).status_code == 302
    page = ask(client, cat.email)
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0
    assert "试得太多了" in page.content.decode()
    assert len(mail.outbox) == 3


def test_another_code_can_be_asked_for_and_the_first_one_is_void(client, cat):
    ask(client, cat.email)
    first = code_in_mail()
    client.post(CONFIRM, {"action": "resend"})
    second = code_in_mail()
    client.post(CONFIRM, {"code": first})
    assert signed_in(client) is None
    client.post(CONFIRM, {"code": second})
    assert signed_in(client) == str(cat.pk)


@pytest.mark.parametrize("written", ["", "not an address"])
def test_what_is_no_address_is_refused_with_a_sentence(client, written):
    page = ask(client, written)
    assert 'role="alert"' in page.content.decode()
    assert not User.objects.exists()


def test_joining_is_the_same_door(client):
    assert client.get("/accounts/signup/?next=/live/7/").url == f"{DOOR}?next=%2Flive%2F7%2F"


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/password/change/", "/accounts/email/"])
def test_there_is_no_page_about_passwords(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/admin/", "/django-admin/", "/django-admin/login/"])
def test_staff_come_in_by_the_same_door(client, path):
    page = client.get(path, follow=True)
    assert page.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert 'type="password"' not in page.content.decode()


def test_someone_signs_out(login, cat):
    client = login(cat)
    client.post("/accounts/logout/")
    assert signed_in(client) is None
    assert "已退出登录" in client.get(DOOR).content.decode()


def test_someone_who_wrote_the_wrong_address_writes_another(client, cat):
    ask(client, "wrong@example.com")
    assert client.get(DOOR).status_code == 200
    ask(client, cat.email)
    client.post(CONFIRM, {"code": code_in_mail()})
    assert signed_in(client) == str(cat.pk)


@pytest.mark.parametrize("path", ["/admin/", "/django-admin/"])
def test_a_learner_who_knocks_at_the_staff_door_is_turned_away_once(login, cat, path):
    page = login(cat).get(path, follow=True)
    assert page.status_code == 403
    assert "这一页没有对你开放" in page.content.decode()

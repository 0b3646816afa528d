"""Signing in with a code by mail."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db


def code_in_mail() -> str:
    return re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", mail.outbox[-1].body, re.MULTILINE)[1]


def test_a_member_signs_in_with_the_code_and_comes_back_to_where_they_were(client):
    User.objects.create_user("he@example.com")
    page = client.post(
        reverse("account_request_login_code") + "?next=/me/", {"email": "he@example.com", "next": "/me/"}
    )
    assert page.status_code == 302
    page = client.post(page.url, {"code": code_in_mail()})
    assert page.status_code == 302
    assert page.url == "/me/"


def test_a_wrong_code_opens_nothing(client):
    User.objects.create_user("he@example.com")
    page = client.post(reverse("account_request_login_code"), {"email": "he@example.com"})
    client.post(page.url, {"code": "nope00"})
    assert "_auth_user_id" not in client.session


def test_an_unknown_address_gets_the_same_answer_as_a_known_one(client):
    User.objects.create_user("he@example.com")
    known = client.post(reverse("account_request_login_code"), {"email": "he@example.com"})
    client.session.flush()
    unknown = client.post(reverse("account_request_login_code"), {"email": "who@example.com"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_a_newcomer_joins_with_only_an_address(client):
    page = client.post(reverse("account_signup"), {"email": "new@example.com"}, follow=True)
    assert page.status_code == 200
    page = client.post(page.request["PATH_INFO"], {"code": code_in_mail()})
    assert page.status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.by_email("new@example.com").pk)


def test_a_stranger_is_sent_to_sign_in_before_seeing_me(client):
    assert client.get("/me/").url == "/accounts/login/?next=/me/"


def test_a_member_changes_how_they_are_called(client):
    person = User.objects.create_user("he@example.com")
    client.force_login(person)
    assert client.post("/me/", {"name": "小荷", "language": "en"}).status_code == 302
    person.refresh_from_db()
    assert person.name == "小荷"
    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_request_login_code", "jsi18n"])
def test_the_door_opens_for_everyone(client, name):
    page = client.get(reverse(name))
    assert page.status_code == 200

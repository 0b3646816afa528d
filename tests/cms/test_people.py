"""The owner gives people their work."""

import pytest
from django.test import Client

from accounts.models import User
from cms.staff import welcome

pytestmark = pytest.mark.once

PEOPLE = "/admin/users/"


@pytest.fixture
def owner(login, otto):
    User.objects.filter(pk=otto.pk).update(is_superuser=True, is_staff=True)
    return login(User.objects.get(pk=otto.pk))


def test_the_owner_takes_in_an_author_who_sits_at_their_desk_at_once(owner):
    client = Client()
    assert (
        owner.post(f"{PEOPLE}new/", {"email": "Arno@Example.com", "name": "阿诺", "role": "author"}).status_code == 302
    )
    arno = User.objects.get(email="arno@example.com")
    assert [group.name for group in arno.groups.all()] == ["撰稿"]
    assert not arno.has_usable_password()
    assert not arno.is_superuser
    client.force_login(arno)
    assert client.get("/admin/").status_code == 200


def test_a_learner_who_becomes_an_editor_and_later_goes_takes_no_right_along(owner, cat):
    client = Client()
    edit = f"{PEOPLE}edit/{cat.pk}/"
    facts = {"email": cat.email, "name": "阿猫", "is_active": "on"}
    owner.post(edit, facts | {"role": "editor"})
    client.force_login(User.objects.get(pk=cat.pk))
    assert client.get("/admin/").status_code == 200
    owner.post(edit, facts | {"role": "learner"})
    assert not User.objects.get(pk=cat.pk).groups.exists()
    assert client.get("/admin/").status_code == 302


def test_the_owner_cannot_lock_themselves_out(owner, otto):
    page = owner.get(f"{PEOPLE}edit/{otto.pk}/").content.decode()
    assert 'name="role"' not in page
    owner.post(f"{PEOPLE}edit/{otto.pk}/", {"email": otto.email, "name": "奥托", "role": "learner"})
    assert User.objects.get(pk=otto.pk).is_superuser


def test_an_address_is_taken_in_once(owner, cat):
    said = owner.post(f"{PEOPLE}new/", {"email": cat.email.upper(), "name": "x", "role": "editor"})
    assert said.status_code == 200
    assert User.objects.filter(email=cat.email).count() == 1
    assert User.objects.get(pk=cat.pk).role == "learner"


@pytest.mark.parametrize("who", ["emil", "olga"])
def test_nobody_else_gives_out_roles(login, request, who):
    person = request.getfixturevalue(who)
    welcome(person)
    response = login(person).post(f"{PEOPLE}new/", {"email": "x@example.com", "name": "x", "role": "owner"})
    assert response.status_code == 302
    assert not User.objects.filter(email="x@example.com").exists()

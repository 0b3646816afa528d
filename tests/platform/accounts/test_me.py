"""One's own page."""

import pytest

from accounts.models import User

pytestmark = pytest.mark.once


def shown(page):
    return page.content.decode()


def test_who_is_not_signed_in_goes_to_the_door_and_comes_back(client, db):
    assert client.get("/me/").url == "/accounts/login/?next=/me/"
    assert client.post("/me/language/", {"language": "en"}).url.startswith("/accounts/login/")


def test_someone_changes_what_they_are_called(login, cat):
    page = login(cat).post("/me/", {"name": "小荷"}, follow=True)
    assert User.objects.get(pk=cat.pk).name == "小荷"
    assert "小荷" in shown(page)
    assert "已保存" in shown(page)


def test_a_name_longer_than_the_page_is_refused_and_nothing_changes(login, cat):
    page = login(cat).post("/me/", {"name": "荷" * 41})
    assert 'role="alert"' in shown(page)
    assert User.objects.get(pk=cat.pk).name == "Cat"


def test_what_nobody_may_set_on_their_own_page_stays(login, cat):
    login(cat).post("/me/", {"name": "小荷", "role": "owner", "is_superuser": "1", "email": "owner@example.com"})
    person = User.objects.get(pk=cat.pk)
    assert (person.role, person.is_superuser, person.email) == ("learner", False, "cat@example.com")


def test_a_member_sees_what_they_may_hear_and_until_when(login, ben, inner):
    page = shown(login(ben).get("/me/"))
    assert inner.name in page
    assert "到 " in page


def test_who_owns_nothing_is_told_so_and_shown_the_way(login, cat):
    page = shown(login(cat).get("/me/"))
    assert "还没有买课，也没有会员" in page
    assert 'href="/courses/"' in page


def test_the_language_stays_with_the_person_and_the_browser(login, cat):
    client = login(cat)
    page = client.post("/me/language/", {"language": "en"}, follow=True)
    assert '<html lang="en"' in shown(page)
    assert '<html lang="en"' in shown(client.get("/me/"))
    assert User.objects.get(pk=cat.pk).language == "en"


def test_a_language_the_school_does_not_speak_changes_nothing(login, cat):
    client = login(cat)
    client.post("/me/language/", {"language": "zh-hant"})
    client.post("/me/language/", {"language": "tlh"})
    assert User.objects.get(pk=cat.pk).language == "zh-hant"


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_the_paper_someone_chose_stays_without_a_script(login, cat, chosen):
    client = login(cat)
    client.post("/theme/", {"theme": chosen, "next": "/me/"})
    assert f'data-theme="{chosen}"' in shown(client.get("/me/"))
    client.post("/theme/", {"theme": "", "next": "/me/"})
    assert "data-theme" not in shown(client.get("/me/"))

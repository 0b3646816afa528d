"""What an author writes is read by an editor before anyone else sees it."""

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.urls import reverse
from wagtail.models import Page, Task, Workflow
from wagtail.test.utils.form_data import nested_form_data, streamfield

from accounts.models import User
from cms.models import ArticlePage, SchoolHome
from cms.staff import APPROVAL, approval, welcome

pytestmark = pytest.mark.once


@pytest.fixture
def arno(db):
    """An author: writes pages and publishes none."""
    person = User.objects.create_user("arno@example.com", name="Arno", role="author")
    welcome(person)
    return person


@pytest.fixture
def home(emil):
    welcome(emil)
    return Page.get_first_root_node().add_child(instance=SchoolHome(title="书院", slug="school"))


@pytest.fixture
def page(home, arno):
    page = home.add_child(instance=ArticlePage(title="茶事", slug="tea", live=False, owner=arno))
    page.save_revision(user=arno)
    return page


def edit(client, page, **action):
    form = {"title": "茶事", "slug": "tea", "intro": "", "body": streamfield([]), "comments-TOTAL_FORMS": "0"}
    form |= {"comments-INITIAL_FORMS": "0", "comments-MIN_NUM_FORMS": "0", "comments-MAX_NUM_FORMS": "1000"}
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), nested_form_data({**form, **action}))


def now(page):
    return ArticlePage.objects.get(pk=page.pk)


def decide(client, page, what, comment=""):
    task = now(page).current_workflow_task_state
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, what, task.pk])
    return client.post(address, {"comment": comment})


def test_an_author_cannot_publish_and_sends_it_to_the_editors_who_hear_of_it(login, arno, emil, page):
    edit(login(arno), page, **{"action-publish": "1"})
    assert not now(page).live
    edit(login(arno), page, **{"action-submit": "1"})
    assert now(page).current_workflow_state.workflow.name == APPROVAL
    letters = {letter.to[0]: f"{letter.subject}\n{letter.body}" for letter in mail.outbox}
    assert set(letters) == {emil.email}
    assert "茶事" in letters[emil.email]
    assert "审核" in letters[emil.email]
    assert "http://" in letters[emil.email]


def test_the_owner_hears_of_it_once(login, arno, emil, otto, page):
    edit(login(arno), page, **{"action-submit": "1"})
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted([emil.email, otto.email])


def test_an_editor_approves_it_and_it_is_out_and_the_author_hears_of_it(login, arno, emil, page):
    edit(login(arno), page, **{"action-submit": "1"})
    mail.outbox.clear()
    decide(login(emil), page, "approve")
    assert now(page).live
    assert [letter.to for letter in mail.outbox] == [[arno.email]]


def test_an_editor_sends_it_back_with_a_word_and_nothing_is_lost(login, arno, emil, page):
    edit(login(arno), page, **{"action-submit": "1"})
    mail.outbox.clear()
    decide(login(emil), page, "reject", "标题太短")
    assert not now(page).live
    assert [letter.to for letter in mail.outbox] == [[arno.email]]
    assert "标题太短" in mail.outbox[0].body
    assert now(page).get_latest_revision_as_object().title == "茶事"


def test_an_author_cannot_approve_their_own(login, arno, page):
    edit(login(arno), page, **{"action-submit": "1"})
    decide(login(arno), page, "approve")
    assert not now(page).live


def test_a_learner_neither_sees_nor_approves_it(login, arno, cat, page):
    edit(login(arno), page, **{"action-submit": "1"})
    assert decide(login(cat), page, "approve").status_code == 302
    assert not now(page).live
    assert login(cat).get("/tea/").status_code == 404


def test_what_is_locked_by_an_editor_waits_for_them(login, arno, emil, page):
    login(emil).post(reverse("wagtailadmin_pages:lock", args=[page.pk]))
    edit(login(arno), page, title="改了")
    assert now(page).get_latest_revision_as_object().title == "茶事"


def test_the_owners_own_workflow_is_left_alone(arno):
    Workflow.objects.filter(name=APPROVAL).update(active=False)
    approval()
    assert Workflow.objects.filter(name=APPROVAL).count() == 1
    assert not Workflow.objects.get(name=APPROVAL).active


def test_no_desks_but_the_schools_own_stand_in_the_office(arno, emil, otto, login):
    """Wagtail's examples go once the school has people of its own; a group that somebody is in stays."""
    welcome(emil)
    assert not Group.objects.filter(name__in=["Moderators", "Editors"]).exists()
    assert list(Workflow.objects.values_list("name", flat=True)) == [APPROVAL]
    assert Task.objects.count() == 1


def test_a_group_of_wagtails_that_somebody_is_in_stays(db, emil, otto):
    otto.groups.add(Group.objects.get(name="Editors"))
    welcome(emil)
    assert [group.name for group in otto.groups.all()] == ["Editors"]

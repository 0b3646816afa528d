"""Cohorts in the office: the operator sorts and closes them; nobody else sees them there."""

import pytest

from cms.staff import welcome
from cohorts.models import Cohort, Tag

pytestmark = pytest.mark.once


@pytest.fixture
def office(login, olga):
    welcome(olga)
    return login(olga)


@pytest.mark.parametrize("model", ["cohort", "tag", "segment"])
def test_the_operator_finds_them_listed(office, cohort, model):
    assert office.get(f"/admin/snippets/cohorts/{model}/").status_code == 200
    assert office.get(f"/admin/snippets/cohorts/{model}/add/").status_code == 200


def test_the_operator_tags_a_cohort_and_closes_it(office, cohort):
    north = Tag.objects.create(name="北方")
    said = {"name": "晨茶群", "theme": "早起喝茶", "tags": [north.pk], "closed_at": "2026-01-01 00:00"}
    answer = office.post(f"/admin/snippets/cohorts/cohort/edit/{cohort.pk}/", said)
    assert answer.status_code == 302
    assert list(Cohort.objects.tagged([north])) == [cohort]
    assert not Cohort.objects.open().exists()


def test_an_editor_has_no_business_with_them(login, emil, cohort):
    welcome(emil)
    assert login(emil).get("/admin/snippets/cohorts/cohort/").status_code == 302

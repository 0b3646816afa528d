"""Trials: a tier for some days without paying, once."""

from datetime import timedelta

import pytest
from buying import buy
from django.contrib.messages import get_messages
from racing import at_once

from membership.access import Need, Reason, access
from membership.errors import NoTrial, TrialUsed
from membership.models import Plan
from membership.services import give, start_trial, withdraw

pytestmark = pytest.mark.once


@pytest.fixture
def plan(inner_plan):
    """The tier `inner` for a month; whoever has not had it may try it for a week."""
    inner_plan.trial_days = 7
    inner_plan.save()
    return inner_plan


@pytest.fixture
def need(plan):
    return Need(scope="course:1", tier_rank=plan.tier.rank)


def test_cat_tries_it_for_a_week_and_it_ends_by_itself(cat, plan, need, clock):
    grant = start_trial(person=cat, plan=plan)
    assert (grant.source, grant.ends_at - grant.starts_at) == (
        f"trial:{plan.tier_id}:{cat.pk}",
        pytest.approx(timedelta(days=7), abs=timedelta(seconds=5)),
    )
    assert access(cat, need).allowed
    clock.passes(days=7, minutes=1)
    assert access(cat, need).reason is Reason.EXPIRED


def test_nobody_tries_it_twice_not_even_by_another_plan(cat, plan, clock):
    start_trial(person=cat, plan=plan)
    year = Plan.objects.create(tier=plan.tier, period="year", price=68000, trial_days=30)
    clock.passes(days=60)
    for one in (plan, year):
        with pytest.raises(TrialUsed, match="不能再试用"):
            start_trial(person=cat, plan=one)
    assert cat.grants.count() == 1


@pytest.mark.parametrize("name", ["ben", "dan"])
def test_not_for_whoever_has_or_had_it(name, request, plan):
    with pytest.raises(TrialUsed):
        start_trial(person=request.getfixturevalue(name), plan=plan)


def test_not_for_whoever_gave_it_back(cat, plan):
    give(person=cat, tier=plan.tier, source="order:1")
    withdraw(source="order:1")
    with pytest.raises(TrialUsed):
        start_trial(person=cat, plan=plan)


def test_not_for_whoever_sits_higher(ben, outer):
    lower = Plan.objects.create(tier=outer, period="month", price=2800, trial_days=7)
    with pytest.raises(TrialUsed):
        start_trial(person=ben, plan=lower)


def test_who_sits_lower_may_try_the_higher_one(eve, plan):
    assert start_trial(person=eve, plan=plan)


@pytest.mark.parametrize("change", [{"trial_days": 0}, {"is_on_sale": False}])
def test_what_has_no_trial_or_is_not_sold_cannot_be_tried(change, cat, plan):
    Plan.objects.filter(pk=plan.pk).update(**change)
    plan.refresh_from_db()
    with pytest.raises(NoTrial):
        start_trial(person=cat, plan=plan)


def test_what_is_bought_during_the_trial_begins_when_it_ends(cat, plan):
    trial = start_trial(person=cat, plan=plan)
    order = buy(cat, f"plan:{plan.pk}")
    assert cat.grants.get(source=order.source).starts_at == trial.ends_at


def test_the_button_begins_it_and_the_page_says_until_when(login, cat, plan, inner):
    client = login(cat)
    response = client.post(f"/membership/trial/{plan.pk}/", follow=True)
    assert cat.grants.in_force().count() == 1
    assert "不扣钱" in response.content.decode()


def test_pressed_again_it_says_why_not(login, ben, plan):
    response = login(ben).post(f"/membership/trial/{plan.pk}/")
    assert response.status_code == 302
    assert "不能再试用" in str(next(iter(get_messages(response.wsgi_request))))
    assert ben.grants.count() == 1


@pytest.mark.again
@pytest.mark.django_db(transaction=True)
def test_ten_presses_at_once_begin_one_trial(cat, plan):
    wrong = at_once(*[lambda: start_trial(person=cat, plan=plan)] * 10)
    assert [type(error) for error in wrong] == [TrialUsed] * 9
    assert cat.grants.count() == 1

from datetime import timedelta

import pytest
from django.utils import timezone

from membership.access import Need, Reason, access
from membership.models import Grant, Plan
from membership.services import give, withdraw


@pytest.fixture
def need(course, inner_plan):
    """What it takes to open the course: the tier `inner`, or ¥199 for it alone."""
    return Need(
        scope=course.scope,
        tier_rank=course.tier.rank,
        course_goods=course.scope,
        course_title=course.title,
        course_price=course.price,
        taught_by=course.instructor_id,
    )


def test_a_member_is_let_in_until_the_membership_ends(ben, need):
    answer = access(ben, need)
    assert (answer.allowed, answer.reason, answer.offers) == (True, Reason.TIER, [])
    assert answer.until == ben.grants.get().ends_at
    assert str(timezone.localtime(answer.until).year) in answer.sentence


def test_a_stranger_is_kept_out_and_told_every_way_in(cat, need, inner_plan):
    answer = access(cat, need)
    assert (answer.allowed, answer.reason) == (False, Reason.NEVER)
    assert [(offer.goods, offer.amount, offer.currency) for offer in answer.offers] == [
        (f"plan:{inner_plan.pk}", 6800, "CNY"),
        (need.course_goods, 19900, "CNY"),
    ]
    assert answer.offers[0].title == "内院 · 按月"
    assert answer.offers[0].url == f"/pay/checkout/plan:{inner_plan.pk}/"


def test_the_lowest_tier_that_opens_it_is_offered_first(cat, need, inner, outer):
    Plan.objects.create(tier=outer, period=Plan.Period.MONTH, price=100)
    Plan.objects.create(tier=inner, period=Plan.Period.QUARTER, price=100, is_on_sale=False)
    Plan.objects.create(tier=inner, period=Plan.Period.YEAR, price=68000)
    assert [offer.amount for offer in access(cat, need).offers] == [6800, 68000, 19900]


def test_an_archived_tier_is_not_offered_but_still_opens(ben, cat, need, inner):
    inner.is_archived = True
    inner.save()
    assert access(ben, need).allowed
    assert [offer.goods for offer in access(cat, need).offers] == [need.course_goods]


def test_someone_lapsed_hears_that_it_ended_and_how_to_go_on(dan, need):
    answer = access(dan, need)
    assert (answer.allowed, answer.reason) == (False, Reason.EXPIRED)
    assert "到期" in answer.sentence
    assert answer.offers


def test_a_member_of_a_lower_tier_is_kept_out(eve, need):
    assert access(eve, need).reason is Reason.NEVER


def test_a_member_of_a_higher_tier_is_let_in(ben, need, outer):
    assert access(ben, Need(scope=need.scope, tier_rank=outer.rank)).allowed


def test_no_tier_opens_what_is_only_sold_singly(ben, need):
    assert access(ben, Need(scope=need.scope)).reason is Reason.NEVER


def test_without_anything_to_buy_the_sentence_promises_nothing(cat, need):
    answer = access(cat, Need(scope=need.scope))
    assert answer.offers == []
    assert "没有可买" in answer.sentence


@pytest.mark.parametrize(("name", "reason"), [("ada", Reason.TEACHES), ("emil", Reason.STAFF), ("otto", Reason.STAFF)])
def test_teacher_and_staff_are_let_in_without_asking_the_database(
    name, reason, request, need, django_assert_num_queries
):
    person = request.getfixturevalue(name)
    with django_assert_num_queries(0):
        answer = access(person, need)
    assert (answer.allowed, answer.reason, answer.until) == (True, reason, None)


@pytest.mark.parametrize("name", ["finn", "gwen"])
def test_teaching_something_else_or_assisting_opens_nothing(name, request, need):
    assert not access(request.getfixturevalue(name), need).allowed


def test_whoever_has_not_signed_in_is_asked_to_and_shown_the_prices(anonymous, need):
    answer = access(anonymous, need)
    assert (answer.allowed, answer.reason, len(answer.offers)) == (False, Reason.SIGN_IN, 2)
    assert "登录" in answer.sentence


def test_what_is_free_is_free_for_everyone(anonymous, dan, need):
    free = Need(scope=need.scope, is_free=True)
    assert access(anonymous, free).reason is Reason.FREE
    assert access(dan, free).allowed


def test_whoever_bought_the_course_keeps_it(cat, need):
    give(person=cat, scope=need.scope, source="order:1")
    answer = access(cat, need)
    assert (answer.allowed, answer.reason, answer.until) == (True, Reason.BOUGHT, None)


def test_buying_one_course_opens_no_other(cat, need, other_course):
    give(person=cat, scope=need.scope, source="order:1")
    assert not access(cat, Need(scope=other_course.scope, tier_rank=need.tier_rank)).allowed


def test_a_right_that_begins_tomorrow_opens_nothing_today(cat, need, inner):
    give(person=cat, tier=inner, starts_at=timezone.now() + timedelta(days=1), source="gift:1")
    assert access(cat, need).reason is Reason.NEVER


def test_until_counts_a_renewal_but_not_what_comes_after_a_gap(ben, need, inner):
    first = ben.grants.get().ends_at
    renewal, gap = first + timedelta(days=30), first + timedelta(days=31)
    give(person=ben, tier=inner, starts_at=first, ends_at=renewal, source="order:1")
    give(person=ben, tier=inner, starts_at=gap, source="gift:1")
    assert access(ben, need).until == renewal


def test_a_withdrawn_right_opens_nothing_at_once(ben, need):
    withdraw(source=ben.grants.get().source)
    assert access(ben, need).reason is Reason.NEVER


@pytest.mark.parametrize("many", [1, 100, 1000])
def test_one_query_is_enough_whatever_someone_has_bought(many, cat, need, inner, django_assert_num_queries):
    now = timezone.now()
    ended = [(now - timedelta(days=9), now - timedelta(days=1))] * (many - 1)
    Grant.objects.bulk_create(
        Grant(person=cat, tier=inner, starts_at=starts, ends_at=ends, source=f"order:{number}")
        for number, (starts, ends) in enumerate([*ended, (now, now + timedelta(days=1))])
    )
    with django_assert_num_queries(1):
        assert access(cat, need).allowed


@pytest.mark.parametrize("name", ["ada", "ben", "otto"])
def test_whoever_is_banned_may_open_nothing_whatever_they_hold(name, request, need, django_assert_num_queries):
    person = request.getfixturevalue(name)
    person.is_active = False
    with django_assert_num_queries(0):
        answer = access(person, need)
    assert (answer.allowed, answer.reason, answer.offers) == (False, Reason.BANNED, [])
    assert "停用" in answer.sentence

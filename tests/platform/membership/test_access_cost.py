"""P9: the answer costs one query, however much someone owns, and no more memory or time than that takes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from membership.access import Need, Reason, access
from membership.models import Grant


@pytest.fixture
def need(inner):
    return Need(scope="course:1", tier_rank=inner.rank)


def owns(person, tier, many, *, runs=True):
    """`many` rights: a few of everything that a long life as a member leaves behind, one that runs among them."""
    now, day = timezone.now(), timedelta(days=1)
    over = {"starts_at": now - 9 * day, "ends_at": now - day}
    kinds = [
        {"tier": tier, **over},
        {"scope": "course:1", **over},
        {"scope": "course:2", "starts_at": now},
        {"tier": tier, "starts_at": now, "ends_at": now + day, "withdrawn_at": now},
        {"tier": tier, "starts_at": now, "ends_at": now + day, "replaced_by": "order:up"},
    ]
    rows = [Grant(person=person, source=f"test:{number}", **kinds[number % 5]) for number in range(many - 1)]
    last = {"starts_at": now, "ends_at": now + day} if runs else over
    Grant.objects.bulk_create([*rows, Grant(person=person, source="test:last", tier=tier, **last)], batch_size=2000)


@pytest.mark.parametrize("many", [1, 100, 10_000])
def test_who_may_listen_costs_one_query(many, cat, inner, need, django_assert_num_queries):
    owns(cat, inner, many)
    with django_assert_num_queries(1):
        answer = access(cat, need)
    assert (answer.allowed, answer.reason) == (True, Reason.TIER)


@pytest.mark.parametrize("many", [1, 100, 10_000])
def test_who_may_not_costs_the_same_few_whatever_they_had(many, cat, inner, need, django_assert_max_num_queries):
    owns(cat, inner, many, runs=False)
    with django_assert_max_num_queries(5):
        answer = access(cat, need)
    assert (answer.allowed, answer.reason) == (False, Reason.EXPIRED)


def test_the_rights_of_others_cost_nothing(cat, ben, inner, need, django_assert_num_queries):
    owns(ben, inner, 1000)
    owns_one = {"starts_at": timezone.now(), "ends_at": timezone.now() + timedelta(days=1)}
    Grant.objects.create(person=cat, tier=inner, source="test:cat", **owns_one)
    with django_assert_num_queries(1):
        assert access(cat, need).allowed

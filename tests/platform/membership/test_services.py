from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import timezone

from membership.errors import EndsTooSoon, OpensNothing, SourceTaken
from membership.models import Grant, Plan
from membership.period import after
from membership.services import give, give_plan, withdraw
from membership.signals import grant_ended

pytestmark = pytest.mark.once


@pytest.fixture
def heard():
    """Whose rights ended, as the other apps hear it."""
    people = []

    def listen(person, **kwargs):
        people.append(person)

    grant_ended.connect(listen)
    yield people
    grant_ended.disconnect(listen)


def test_the_same_order_gives_once(cat, inner):
    first = give(person=cat, tier=inner, source="order:1")
    assert give(person=cat, tier=inner, source="order:1") == first
    assert cat.grants.count() == 1


def test_giving_again_does_not_bring_back_what_was_withdrawn(cat, inner):
    give(person=cat, tier=inner, source="order:1")
    withdraw(source="order:1")
    assert give(person=cat, tier=inner, source="order:1").withdrawn_at


def test_one_source_cannot_give_to_two_people(cat, ben, inner):
    give(person=cat, tier=inner, source="order:1")
    with pytest.raises(SourceTaken):
        give(person=ben, tier=inner, source="order:1")


def test_a_right_opens_a_tier_or_a_course_and_not_both(cat, inner):
    with pytest.raises(OpensNothing):
        give(person=cat, source="order:1")
    with pytest.raises(OpensNothing):
        give(person=cat, tier=inner, scope="course:1", source="order:1")


def test_a_right_cannot_end_before_it_begins(cat, inner):
    with pytest.raises(EndsTooSoon):
        give(person=cat, tier=inner, ends_at=timezone.now() - timedelta(days=1), source="order:1")


def test_withdrawing_twice_tells_the_others_once(ben, heard, django_capture_on_commit_callbacks):
    source = ben.grants.get().source
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(source=source)
        withdraw(source=source)
        assert heard == []
    assert heard == [ben]
    assert ben.grants.get().withdrawn_at


def test_withdrawing_what_was_never_given_does_nothing(db, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert withdraw(source="order:unknown") is None
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_nobody_hears_of_a_withdrawal_that_was_rolled_back(ben, heard):
    class Failed(Exception):
        pass

    def fail_after_withdrawing():
        withdraw(source=ben.grants.get().source)
        raise Failed

    with pytest.raises(Failed):
        transaction.atomic(fail_after_withdrawing)()
    assert heard == []
    assert ben.grants.get().withdrawn_at is None


def test_a_renewal_begins_where_the_membership_ends(ben, inner_plan, inner_year):
    ends_at = ben.grants.get().ends_at
    renewal = give_plan(person=ben, plan=inner_plan, source="order:2")
    assert (renewal.starts_at, renewal.ends_at) == (ends_at, after(ends_at, Plan.Period.MONTH))
    assert give_plan(person=ben, plan=inner_plan, source="order:2") == renewal
    assert give_plan(person=ben, plan=inner_year, source="order:3").starts_at == renewal.ends_at


def test_someone_lapsed_begins_again_today(dan, inner_plan):
    assert give_plan(person=dan, plan=inner_plan, source="order:2").starts_at <= timezone.now()


def test_another_tier_begins_today_beside_the_first(eve, inner_plan):
    assert give_plan(person=eve, plan=inner_plan, source="order:2").starts_at <= timezone.now()


def test_a_lifetime_has_no_end(cat, inner):
    forever = Plan.objects.create(tier=inner, period="lifetime", price=390000)
    assert give_plan(person=cat, plan=forever, source="order:1").ends_at is None
    assert Grant.objects.of(cat).in_force().exists()


@pytest.mark.parametrize(
    ("period", "ends"), [("month", (2024, 2, 29)), ("quarter", (2024, 4, 30)), ("year", (2025, 1, 31))]
)
def test_a_period_ends_on_the_same_day_or_the_last_the_month_has(period, ends):
    school = ZoneInfo("Asia/Shanghai")
    starts = datetime(2024, 1, 31, 7, 30, tzinfo=school)
    assert after(starts, Plan.Period(period)) == datetime(*ends, 7, 30, tzinfo=school)


def test_who_gives_back_the_first_of_two_periods_keeps_the_second_from_now_on(cat, inner_plan, inner_year):
    first = give_plan(person=cat, plan=inner_plan, source="order:a")
    second = give_plan(person=cat, plan=inner_year, source="order:b")
    length = second.ends_at - second.starts_at
    withdraw(source="order:a")
    second.refresh_from_db()
    assert Grant.objects.of(cat).in_force().get() == second
    assert second.ends_at - second.starts_at == length
    assert second.starts_at < first.ends_at


def test_who_gives_back_the_second_period_keeps_the_first_as_it_was(cat, inner_plan, inner_year):
    first = give_plan(person=cat, plan=inner_plan, source="order:a")
    give_plan(person=cat, plan=inner_year, source="order:b")
    withdraw(source="order:b")
    kept = Grant.objects.of(cat).in_force().get()
    assert (kept, kept.ends_at) == (first, first.ends_at)

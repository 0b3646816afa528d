"""A paid membership stands still for some days, and goes on."""

from datetime import timedelta

import pytest
from buying import ask_back, buy, give_back
from django.utils import timezone
from racing import at_once

from membership.access import Need, Reason, access
from membership.errors import HigherRuns, NoDaysToPause, NothingToPause, NotPaused, RenewsByItself
from membership.models import Plan
from membership.services import give, pause, resume, start_trial, withdraw
from membership.signals import grant_ended
from payments import goods
from payments.errors import RefundKept
from payments.models import Order, Subscription

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def spring(clock, inner, outer):
    """1 March; both tiers may be paused for 30 days a year."""
    clock.on(2027, 3, 1, 12)
    for tier in (inner, outer):
        tier.pause_days = 30
        tier.save()
    return clock


@pytest.fixture
def need(inner):
    return Need(scope="course:1", tier_rank=inner.rank)


@pytest.fixture
def year(cat, inner_year, spring):
    """cat's year in the inner court, ten days old."""
    order = buy(cat, f"plan:{inner_year.pk}")
    spring.passes(days=10)
    return order


def length(person):
    rows = person.grants.standing()
    return sum((row.ends_at - row.starts_at for row in rows), timedelta())


def last_end(person):
    return max(row.ends_at for row in person.grants.standing())


def about(moment, other):
    return abs(moment - other) < timedelta(minutes=1)


def test_the_door_closes_and_not_a_day_is_lost(cat, year, need, spring):
    before, end = length(cat), last_end(cat)
    made = pause(person=cat)
    answer = access(cat, need)
    assert (answer.allowed, answer.reason, answer.offers) == (False, Reason.PAUSED, [])
    assert "恢复" in answer.sentence
    assert length(cat) == before
    assert last_end(cat) == end + timedelta(days=30)
    assert made.ends_at - made.started_at == timedelta(days=30)


def test_it_goes_on_by_itself_when_the_days_are_over(cat, year, need, spring):
    pause(person=cat)
    spring.passes(days=30, minutes=1)
    assert access(cat, need).allowed
    with pytest.raises(NotPaused):
        resume(person=cat)


@pytest.mark.again
def test_resumed_early_it_goes_on_at_once_and_the_other_days_are_kept(cat, year, need, spring):
    end = last_end(cat)
    pause(person=cat)
    spring.passes(days=4)
    resume(person=cat)
    assert access(cat, need).allowed
    assert about(last_end(cat), end + timedelta(days=4))
    with pytest.raises(NotPaused):
        resume(person=cat)


def test_within_a_year_it_is_paused_for_no_more_days_than_the_tier_allows(cat, year, spring):
    pause(person=cat)
    spring.passes(days=9, hours=1)
    resume(person=cat)
    second = pause(person=cat)
    assert second.ends_at - second.started_at == timedelta(days=20)
    spring.passes(days=20, minutes=1)
    with pytest.raises(NoDaysToPause):
        pause(person=cat)
    spring.passes(days=340)
    assert pause(person=cat)


def test_what_follows_waits_as_long(cat, year, inner_plan, spring):
    month = buy(cat, f"plan:{inner_plan.pk}")
    begins = cat.grants.get(source=month.source).starts_at
    pause(person=cat)
    assert cat.grants.get(source=month.source).starts_at == begins + timedelta(days=30)
    spring.passes(days=3)
    resume(person=cat)
    assert about(cat.grants.get(source=month.source).starts_at, begins + timedelta(days=3))


def test_what_is_bought_during_the_pause_follows_and_draws_near_with_the_rest(cat, year, inner_plan, spring):
    pause(person=cat)
    month = buy(cat, f"plan:{inner_plan.pk}")
    resume(person=cat)
    rows = cat.grants.standing().order_by("-starts_at")
    assert rows[0].source == month.source
    assert rows[0].starts_at == rows[1].ends_at


def test_given_back_the_rest_goes_too(cat, year, spring):
    pause(person=cat)
    give_back(year)
    assert not cat.grants.standing().exists()
    with pytest.raises(NotPaused):
        resume(person=cat)


def test_given_back_during_the_pause_the_next_one_takes_its_place(cat, year, inner_plan, need, spring):
    month = buy(cat, f"plan:{inner_plan.pk}")
    made = pause(person=cat)
    give_back(year)
    assert cat.grants.get(source=month.source).starts_at == made.ends_at
    resume(person=cat)
    assert access(cat, need).allowed


def test_paused_twice_all_pieces_belong_to_the_order(cat, year, spring):
    for _each in range(2):
        pause(person=cat)
        spring.passes(days=2)
        resume(person=cat)
        spring.passes(days=2)
    assert cat.grants.count() == 3
    withdraw(source=year.source)
    assert not cat.grants.standing().exists()


def test_an_upgrade_during_the_pause_takes_all_that_is_left(cat, outer_year, inner_year, need, spring):
    lower = buy(cat, f"plan:{outer_year.pk}")
    spring.passes(days=183)
    pause(person=cat)
    assert goods.quote(person=cat, name=f"plan:{inner_year.pk}").breakdown[1]["amount"] == -14900
    upgrade = buy(cat, f"plan:{inner_year.pk}")
    assert access(cat, need).allowed
    with pytest.raises(NotPaused):
        resume(person=cat)
    Order.objects.filter(pk=lower.pk).update(refund_days=999)
    with pytest.raises(RefundKept):
        ask_back(lower)
    ask_back(upgrade)
    resume(person=cat)
    assert access(cat, Need(scope="x", tier_rank=outer_year.tier.rank)).allowed


def test_a_lower_plan_is_not_sold_while_the_higher_one_waits(cat, year, outer_year):
    pause(person=cat)
    with pytest.raises(HigherRuns):
        goods.quote(person=cat, name=f"plan:{outer_year.pk}")


def test_what_was_not_bought_or_does_not_end_or_has_fixed_dates_cannot_be_paused(cat, ben, inner, spring):
    with pytest.raises(NothingToPause):
        pause(person=ben)
    start_trial(person=cat, plan=Plan.objects.create(tier=inner, period="month", price=100, trial_days=7))
    with pytest.raises(NothingToPause):
        pause(person=cat)
    spring.passes(days=8)
    dates = {"starts_at": timezone.now() - timedelta(days=1), "ends_at": timezone.now() + timedelta(days=50)}
    buy(cat, f"plan:{Plan.objects.create(tier=inner, period='dated', price=100, **dates).pk}")
    with pytest.raises(NothingToPause):
        pause(person=cat)
    spring.passes(days=60)
    buy(cat, f"plan:{Plan.objects.create(tier=inner, period='lifetime', price=100).pk}")
    with pytest.raises(NothingToPause):
        pause(person=cat)


def test_a_tier_that_allows_none_cannot_be_paused(cat, year, inner):
    inner.pause_days = 0
    inner.save()
    with pytest.raises(NothingToPause):
        pause(person=cat)


def test_what_renews_by_itself_cannot_be_paused(cat, year, inner_year):
    Subscription.objects.create(
        person=cat, provider="stripe", reference="sub_1", goods=f"plan:{inner_year.pk}", title="内院"
    )
    with pytest.raises(RenewsByItself, match="停掉自动续费"):
        pause(person=cat)


def test_a_gift_that_runs_beside_keeps_running(cat, year, inner, need):
    give(person=cat, tier=inner, ends_at=timezone.now() + timedelta(days=9), source="hand:1")
    pause(person=cat)
    assert access(cat, need).allowed


@pytest.mark.again
def test_who_listens_is_told_at_once(cat, year, django_capture_on_commit_callbacks):
    heard = []

    def listen(person, **facts):
        heard.append(person)

    grant_ended.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        pause(person=cat)
    grant_ended.disconnect(listen)
    assert heard == [cat]


def test_the_buttons_pause_and_resume_and_say_why_not(login, cat, year):
    client = login(cat)
    assert "剩下的天数都留着" in client.post("/membership/pause/", follow=True).content.decode()
    assert "现在没有可以暂停的会员" in client.post("/membership/pause/", follow=True).content.decode()
    assert "（暂停中）" in client.get("/me/").content.decode()
    assert "现在就能听" in client.post("/membership/resume/", follow=True).content.decode()
    assert "不用恢复" in client.post("/membership/resume/", follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
class TestAtOnce:
    def test_pause_and_refund_leave_nothing(self, cat, year):
        wrong = at_once(lambda: pause(person=cat), lambda: give_back(year))
        assert all(isinstance(error, NothingToPause) for error in wrong)
        assert not cat.grants.standing().exists()

    def test_two_pauses_are_one(self, cat, year):
        before = length(cat)
        wrong = at_once(*[lambda: pause(person=cat)] * 2)
        assert [type(error) for error in wrong] == [NothingToPause]
        assert length(cat) == before

    def test_pause_and_renewal_lose_no_day(self, cat, year, inner_plan):
        assert at_once(lambda: pause(person=cat), lambda: buy(cat, f"plan:{inner_plan.pk}")) == []
        rows = cat.grants.standing().order_by("starts_at")
        assert rows.count() == 3
        assert rows[2].starts_at == rows[1].ends_at

    def test_two_resumptions_draw_near_once(self, cat, year, spring):
        end = last_end(cat)
        pause(person=cat)
        spring.passes(days=2)
        wrong = at_once(*[lambda: resume(person=cat)] * 2)
        assert [type(error) for error in wrong] == [NotPaused]
        assert about(last_end(cat), end + timedelta(days=2))

"""A week before, a day before, and once it is over: each once, in one's own language."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from buying import buy
from django.utils import timezone

from membership.models import Grant, Plan
from membership.services import give, pause, resume, start_trial
from membership.tasks import remind
from notify.models import Message
from payments.models import Subscription

pytestmark = pytest.mark.once

ENDS = datetime(2027, 4, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def spring(clock):
    clock.on(2027, 3, 1, 12)
    return clock


@pytest.fixture
def month(cat, inner_plan):
    """Until noon of 1 April."""
    return buy(cat, f"plan:{inner_plan.pk}")


def titles(person):
    told = Message.objects.filter(person=person, key__startswith="ends:")
    return list(told.order_by("pk").values_list("title", flat=True))


def hours_pass(clock, number):
    """The moments at which someone was told."""
    moments = []
    for _hour in range(0, number, 6):
        clock.passes(hours=6)
        moments += [timezone.now()] * sum(remind.call().values())
    return moments


def test_cat_hears_three_times_and_each_once(cat, month, spring):
    week, day, over = hours_pass(spring, 24 * 35)
    assert titles(cat) == ["你的内院到 2027年4月1日", "你的内院到 2027年4月1日", "你的内院到期了"]
    assert timedelta(days=6, hours=12) < ENDS - week <= timedelta(days=7)
    assert timedelta(hours=12) < ENDS - day <= timedelta(days=1)
    assert timedelta() <= over - ENDS < timedelta(hours=7)
    first = Message.objects.filter(person=cat, key__startswith="ends:").earliest("pk")
    assert "续不续由你" in first.body
    assert first.url == "/membership/"


def test_it_says_how_many_were_told(cat, ben, month, spring):
    assert sum(remind.call().values()) == 0
    spring.passes(days=25)
    told = remind.call()
    assert (told["week"], sum(told.values())) == (2, 2)
    assert sum(remind.call().values()) == 0


def test_in_ones_own_language(cat, month, spring):
    cat.language = "en"
    cat.save()
    spring.passes(days=25)
    remind.call()
    assert "April 1, 2027" in titles(cat)[0]


def test_who_has_renewed_hears_nothing_until_the_new_end(cat, month, inner_plan, spring):
    spring.passes(days=25)
    buy(cat, f"plan:{inner_plan.pk}")
    hours_pass(spring, 24 * 20)
    assert titles(cat) == []
    hours_pass(spring, 24 * 20)
    assert len(titles(cat)) == 3


def test_who_renews_after_the_first_word_hears_of_the_new_end_again(cat, month, inner_plan, spring):
    spring.passes(days=25)
    remind.call()
    buy(cat, f"plan:{inner_plan.pk}")
    hours_pass(spring, 24 * 40)
    assert titles(cat)[0] == "你的内院到 2027年4月1日"
    assert titles(cat)[1:] == ["你的内院到 2027年5月1日"] * 2 + ["你的内院到期了"]


@pytest.mark.parametrize(("state", "hears"), [("active", 0), ("past_due", 0), ("ending", 3), ("ended", 3)])
def test_what_renews_by_itself_needs_no_word(cat, month, inner_plan, spring, state, hears):
    Subscription.objects.create(
        person=cat, provider="stripe", reference="sub_1", goods=f"plan:{inner_plan.pk}", title="内院", state=state
    )
    hours_pass(spring, 24 * 35)
    assert len(titles(cat)) == hears


def test_who_sits_higher_afterwards_hears_nothing_of_the_lower_seat(eve, inner, spring):
    give(person=eve, tier=inner, ends_at=timezone.now() + timedelta(days=90), source="hand:1")
    hours_pass(spring, 24 * 35)
    assert titles(eve) == []


def test_who_never_ends_or_was_banned_or_ended_long_ago_hears_nothing(cat, ben, dan, inner, spring):
    give(person=cat, tier=inner, source="hand:1")
    ben.is_active = False
    ben.save()
    spring.passes(days=5)
    hours_pass(spring, 24 * 35)
    assert Message.objects.count() == 0


def test_a_trial_says_the_day_before_that_nothing_is_charged(cat, inner, spring):
    start_trial(person=cat, plan=Plan.objects.create(tier=inner, period="month", price=100, trial_days=7))
    hours_pass(spring, 24 * 9)
    assert titles(cat) == ["内院试用到 2027年3月8日", "内院试用结束了"]
    assert "不扣钱" in Message.objects.earliest("pk").body


def test_a_pause_moves_the_word_too(cat, month, inner, spring):
    inner.pause_days = 30
    inner.save()
    spring.passes(days=20)
    pause(person=cat)
    hours_pass(spring, 24 * 12)
    assert titles(cat) == []
    resume(person=cat)
    spring.passes(days=5)
    remind.call()
    assert len(titles(cat)) == 1


def test_when_the_worker_slept_for_days_the_end_is_said_all_the_same(cat, month, spring):
    spring.passes(days=32)
    remind.call()
    assert titles(cat) == ["你的内院到期了"]


def test_a_thousand_whom_nothing_concerns_cost_no_more_queries(cat, month, inner, django_assert_max_num_queries):
    now = timezone.now()
    facts = {"person": cat, "tier": inner, "starts_at": now - timedelta(days=9), "ends_at": now + timedelta(days=3)}
    Grant.objects.bulk_create(Grant(source=f"test:{number}", **facts) for number in range(1000))
    with django_assert_max_num_queries(3):
        remind.call()

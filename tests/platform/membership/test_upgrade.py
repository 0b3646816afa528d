"""Upgrades: what is left of the lower tier goes into the higher one, and comes back when that is given back.

yan pays ¥298 for a year of the outer court on 1 March 2027; it has 366 days. On 31 August 183 of them are left: ¥149.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from buying import again, ask_back, buy, give_back, is_returned, pay, place, why_returned
from django.utils import timezone
from racing import at_once

from accounts.models import User
from membership.access import Need, access
from membership.errors import CreditTooLarge, HigherRuns, StillRenews
from membership.models import Grant, Plan, Tier
from membership.period import after
from membership.services import give, give_plan, start_trial, withdraw
from payments import goods
from payments.errors import RefundKept
from payments.models import Order, Subscription

pytestmark = pytest.mark.once

SCHOOL = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def yan(db):
    """Has bought a year of the lower tier, and half of it is over."""
    return User.objects.create_user("yan@example.com", name="Yan")


@pytest.fixture(autouse=True)
def first_of_march(clock):
    clock.on(2027, 3, 1, 12)
    return clock


@pytest.fixture
def lower(yan, outer_year, first_of_march):
    order = buy(yan, plan(outer_year))
    first_of_march.on(2027, 8, 31, 13)
    return order


def plan(plan):
    return f"plan:{plan.pk}"


def quoted(person, of):
    return goods.quote(person=person, name=plan(of))


def after_days(number):
    return timezone.now() + timedelta(days=number)


def standing(person):
    return list(person.grants.standing().order_by("starts_at", "pk"))


def test_what_is_left_is_taken_off_the_price_line_by_line(yan, lower, inner_year):
    quote = quoted(yan, inner_year)
    assert quote.breakdown == [
        {"label": "内院 · 按年", "amount": 128000},
        {"label": "外院剩余 183 天抵扣", "amount": -14900},
    ]
    assert quote.amount == 113100
    assert quote.terms[0] == "付款后到 2028年8月31日。"
    assert "还给你" in quote.terms[1]
    assert quote.every == ""  # the difference is paid once


def test_the_fraction_of_a_fen_is_the_buyers(yan, lower, inner_year, first_of_march):
    first_of_march.on(2027, 9, 1, 13)  # 182 of 366 days: 14818.58 fen
    assert quoted(yan, inner_year).breakdown[1] == {"label": "外院剩余 182 天抵扣", "amount": -14819}


def test_a_day_that_has_begun_is_not_used_up(yan, lower, inner_year, first_of_march):
    first_of_march.on(2027, 9, 1, 11, 50)
    assert quoted(yan, inner_year).breakdown[1]["label"] == "外院剩余 183 天抵扣"


def test_two_clicks_on_one_day_make_one_order(yan, lower, inner_year, first_of_march):
    first = place(yan, plan(inner_year))
    first_of_march.passes(minutes=5)
    assert place(yan, plan(inner_year)) == first


def test_after_the_upgrade_the_lower_one_is_set_aside_and_all_is_open(yan, lower, inner_year):
    order = buy(yan, plan(inner_year))
    aside = yan.grants.get(source=lower.source)
    assert (aside.replaced_by, aside.withdrawn_at) == (order.source, None)
    assert [grant.source for grant in standing(yan)] == [order.source]
    assert access(yan, Need(scope="x", tier_rank=20)).allowed
    assert access(yan, Need(scope="x", tier_rank=10)).allowed


def test_what_was_bought_for_later_is_credited_too(yan, lower, outer_year, inner_year):
    buy(yan, plan(outer_year))
    lines = quoted(yan, inner_year).breakdown
    assert [line["amount"] for line in lines] == [128000, -14900, -29800]
    buy(yan, plan(inner_year))
    assert yan.grants.exclude(replaced_by="").count() == 2


def test_only_what_was_paid_and_not_refunded_counts(yan, lower, inner_year):
    give_back(lower, 9800)
    assert quoted(yan, inner_year).breakdown[1]["amount"] == -10000


def test_what_was_given_for_nothing_is_not_credited(eve, inner_year):
    assert quoted(eve, inner_year).amount == inner_year.price


def test_money_in_another_currency_is_not_credited(yan, lower, inner):
    dollars = Plan.objects.create(tier=inner, period="year", price=20000, currency="USD")
    assert quoted(yan, dollars).amount == 20000


def test_an_upgrade_given_back_puts_the_lower_one_back_as_it_was(yan, lower, inner_year, first_of_march):
    before = yan.grants.get()
    order = buy(yan, plan(inner_year))
    first_of_march.passes(days=3)
    ask_back(order)
    after = yan.grants.standing().get()
    assert (after, after.starts_at, after.ends_at) == (before, before.starts_at, before.ends_at)
    assert quoted(yan, inner_year).breakdown[1]["label"] == "外院剩余 180 天抵扣"


def test_the_order_that_went_into_an_upgrade_cannot_be_given_back_by_the_buyer(
    yan, outer_year, inner_year, first_of_march
):
    lower = buy(yan, plan(outer_year))
    upgrade = buy(yan, plan(inner_year))
    with pytest.raises(RefundKept, match="先退升级的那张订单"):
        ask_back(lower)
    ask_back(upgrade)
    ask_back(lower)
    assert not standing(yan)


def test_in_two_steps_to_the_top_all_that_was_paid_goes_along(yan, lower, inner_year):
    top = Plan.objects.create(tier=Tier.objects.create(slug="top", name="顶", rank=30), period="year", price=300000)
    second = buy(yan, plan(inner_year))
    assert quoted(yan, top).breakdown[1] == {"label": "内院剩余 366 天抵扣", "amount": -128000}
    third = buy(yan, plan(top))
    with pytest.raises(RefundKept):
        ask_back(second)
    ask_back(third)
    assert [grant.source for grant in standing(yan)] == [second.source]
    ask_back(second)
    assert [grant.source for grant in standing(yan)] == [lower.source]


def test_credit_beyond_the_price_lengthens_the_term(yan, lower, inner_plan):
    """¥149 against ¥68: one fen is left to pay, and ¥81.01 buys 36.9 more days at ¥68 for the 31 of September."""
    quote = quoted(yan, inner_plan)
    assert quote.amount == 1
    assert sum(line["amount"] for line in quote.breakdown) == 1
    assert quote.breakdown[2] == {"label": "抵扣多出的，折成天数", "amount": 8101}
    assert any("¥81.01" in term for term in quote.terms)
    order = buy(yan, plan(inner_plan))
    grant = yan.grants.get(source=order.source)
    month = after(grant.starts_at, Plan.Period.MONTH) - grant.starts_at
    assert grant.ends_at - grant.starts_at == month + month * 8101 // 6800


def test_what_a_long_term_was_lengthened_by_is_worth_as_much_later(yan, lower, inner_plan):
    top = Plan.objects.create(tier=Tier.objects.create(slug="top", name="顶", rank=30), period="year", price=300000)
    buy(yan, plan(inner_plan))
    assert quoted(yan, top).breakdown[1]["amount"] == -14901


def test_a_term_of_no_whole_number_of_days_is_not_rounded_against_the_buyer(yan, lower, inner_plan, first_of_march):
    """It is 65.74 days long, and 64.99 are left."""
    top = Plan.objects.create(tier=Tier.objects.create(slug="top", name="顶", rank=30), period="year", price=300000)
    buy(yan, plan(inner_plan))
    first_of_march.passes(hours=18)
    grant = yan.grants.in_force().get()
    exact = 14901 * ((grant.ends_at - timezone.now()) / (grant.ends_at - grant.starts_at))
    a_day = 14901 * (timedelta(days=1) / (grant.ends_at - grant.starts_at))
    assert exact <= -quoted(yan, top).breakdown[1]["amount"] < exact + a_day + 1


def test_a_term_that_cannot_be_lengthened_is_not_sold_for_less_than_what_is_left(yan, lower, inner, first_of_march):
    dates = {"starts_at": after_days(-1), "ends_at": after_days(60)}
    short = Plan.objects.create(tier=inner, period="dated", price=9900, **dates)
    with pytest.raises(CreditTooLarge, match="多出的折成天数"):
        quoted(yan, short)


def test_nothing_goes_into_a_term_that_has_not_begun(yan, lower, inner):
    dates = {"starts_at": after_days(30), "ends_at": after_days(60)}
    later = Plan.objects.create(tier=inner, period="dated", price=99000, **dates)
    assert quoted(yan, later).amount == 99000
    buy(yan, plan(later))
    assert standing(yan)[0].source == lower.source


def test_a_lifetime_goes_into_a_lifetime_whole_and_into_nothing_else(yan, outer, inner, inner_year):
    small = Plan.objects.create(tier=outer, period="lifetime", price=90000)
    large = Plan.objects.create(tier=inner, period="lifetime", price=390000)
    first = buy(yan, plan(small))
    assert quoted(yan, inner_year).amount == inner_year.price
    assert quoted(yan, large).breakdown[1] == {"label": "外院抵扣", "amount": -90000}
    second = buy(yan, plan(large))
    assert [grant.source for grant in standing(yan)] == [second.source]
    ask_back(second)
    assert [grant.source for grant in standing(yan)] == [first.source]


def test_a_lower_tier_is_not_sold_while_a_higher_runs(yan, inner_year, outer_year):
    buy(yan, plan(inner_year))
    with pytest.raises(HigherRuns, match="内院已经包含这一席，到 2028年3月1日"):
        quoted(yan, outer_year)


def test_a_lower_tier_is_sold_during_a_trial_of_a_higher(yan, inner, outer_year):
    give(person=yan, tier=inner, ends_at=after_days(7), source=f"trial:{inner.pk}:{yan.pk}")
    assert quoted(yan, outer_year).amount == 29800


def test_a_lower_tier_is_not_sold_while_a_paid_higher_one_waits_behind_its_trial(yan, inner_year, outer_year):
    inner_year.trial_days = 7
    inner_year.save()
    start_trial(person=yan, plan=inner_year)
    buy(yan, plan(inner_year))
    with pytest.raises(HigherRuns):
        quoted(yan, outer_year)


def test_who_has_the_higher_one_for_ever_is_told_so(yan, inner, outer_year):
    give(person=yan, tier=inner, source="hand:1")
    with pytest.raises(HigherRuns, match="不用再买"):
        quoted(yan, outer_year)


def test_a_lower_plan_paid_for_after_the_upgrade_is_returned(yan, inner_year, outer_year):
    late = place(yan, plan(outer_year))
    buy(yan, plan(inner_year))
    assert is_returned(pay(late))
    assert "已经包含" in why_returned(late)


def test_a_credit_refunded_before_the_upgrade_is_paid_brings_the_money_back(yan, outer_year, inner_year):
    lower = buy(yan, plan(outer_year))
    upgrade = place(yan, plan(inner_year))
    ask_back(lower)
    assert is_returned(pay(upgrade))
    assert "请重新下单" in why_returned(upgrade)
    assert not standing(yan)


def test_a_credit_that_was_partly_refunded_meanwhile_brings_the_money_back(yan, lower, inner_year):
    upgrade = place(yan, plan(inner_year))
    give_back(lower, 100)
    assert is_returned(pay(upgrade))
    assert [grant.source for grant in standing(yan)] == [lower.source]


def test_a_renewal_of_the_lower_one_meanwhile_brings_the_money_back(yan, lower, outer_year, inner_year):
    upgrade = place(yan, plan(inner_year))
    buy(yan, plan(outer_year))
    assert is_returned(pay(upgrade))
    assert len(standing(yan)) == 2


def test_of_two_upgrades_with_the_same_credit_one_is_returned(yan, lower, inner_year, inner_plan):
    year, month = place(yan, plan(inner_year)), place(yan, plan(inner_plan))
    assert not is_returned(pay(year))
    assert is_returned(pay(month))
    assert [grant.source for grant in standing(yan)] == [year.source]


def test_a_notice_that_comes_twice_upgrades_once(yan, lower, inner_year):
    order = buy(yan, plan(inner_year))
    till, _ref = goods.find(order.goods)
    till.deliver(goods.Delivery(yan, order.goods, order.source, order.title, order.memo))
    assert len(standing(yan)) == 1
    ask_back(order)
    till.deliver(goods.Delivery(yan, order.goods, order.source, order.title, order.memo))
    assert [grant.source for grant in standing(yan)] == [lower.source]


def test_while_the_lower_one_renews_by_itself_nobody_pays_twice(yan, lower, inner_year, outer_year):
    subscription = Subscription.objects.create(
        person=yan, provider="stripe", reference="sub_1", goods=plan(outer_year), title="外院"
    )
    with pytest.raises(StillRenews, match="停掉自动续费"):
        quoted(yan, inner_year)
    Subscription.objects.filter(pk=subscription.pk).update(state=Subscription.State.ENDING)
    assert quoted(yan, inner_year).amount == 113100


def test_a_period_that_a_provider_charged_by_itself_needs_no_reckoning(yan, inner_year):
    facts = {"person": yan, "goods": plan(inner_year), "title": "内院", "amount": 128000, "currency": "CNY"}
    order = Order.objects.create(provider="sandbox", renews=True, **facts)
    assert not is_returned(pay(order))


def test_when_the_bank_takes_the_lower_money_back_the_upgrade_is_as_long_as_what_is_still_paid(yan, lower, inner_year):
    """Of ¥1,280 in the upgrade ¥149 are gone."""
    upgrade = buy(yan, plan(inner_year))
    whole = yan.grants.get(source=upgrade.source)
    give_back(lower)
    left = yan.grants.get(source=upgrade.source)
    lost = (whole.ends_at - whole.starts_at) * 14900 / 128000
    assert whole.ends_at - left.ends_at == lost
    assert yan.grants.get(source=lower.source).withdrawn_at
    give_back(upgrade)
    assert not standing(yan)


def test_a_loss_goes_on_into_the_upgrade_of_the_upgrade(yan, lower, inner_year):
    top = Plan.objects.create(tier=Tier.objects.create(slug="top", name="顶", rank=30), period="year", price=300000)
    buy(yan, plan(inner_year))
    third = buy(yan, plan(top))
    whole = yan.grants.get(source=third.source)
    give_back(lower)
    left = yan.grants.get(source=third.source)
    assert whole.ends_at - left.ends_at == (whole.ends_at - whole.starts_at) * 14900 / 300000


def test_a_lifetime_that_lost_what_went_into_it_is_taken_back_and_the_rest_put_back(yan, lower, outer_year, inner):
    large = Plan.objects.create(tier=inner, period="lifetime", price=390000)
    second = buy(yan, plan(outer_year))
    buy(yan, plan(large))
    give_back(lower)
    assert [grant.source for grant in standing(yan)] == [second.source]


def test_what_follows_an_upgrade_that_is_cut_short_begins_earlier(yan, lower, inner_year, inner_plan):
    upgrade = buy(yan, plan(inner_year))
    later = give_plan(person=yan, plan=inner_plan, source="order:later")
    length = later.ends_at - later.starts_at
    give_back(lower)
    later.refresh_from_db()
    assert later.starts_at == yan.grants.get(source=upgrade.source).ends_at
    assert later.ends_at - later.starts_at == length


def test_what_comes_back_stands_behind_what_was_bought_since(yan, lower, outer, inner_plan, first_of_march):
    """The upgrade is long over when it is refunded, and another month of the lower tier runs."""
    upgrade = buy(yan, plan(inner_plan))
    first_of_march.on(2027, 12, 1)
    month = Plan.objects.create(tier=outer, period="month", price=2800)
    since = give_plan(person=yan, plan=month, source="order:since")
    give_back(upgrade)
    back = yan.grants.get(source=lower.source)
    left = datetime(2028, 3, 1, 12, tzinfo=SCHOOL) - datetime(2027, 12, 1, tzinfo=SCHOOL)
    rest = yan.grants.get(source__startswith=f"{lower.source}/rest:")
    assert rest.starts_at == since.ends_at
    assert abs(rest.ends_at - rest.starts_at - left) < timedelta(minutes=1)
    assert back.ends_at <= timezone.now()
    credited = quoted(yan, inner_plan).breakdown[1]
    assert credited == {"label": "外院剩余 92 天抵扣", "amount": -7491}  # what ran out meanwhile is not credited again
    withdraw(source=lower.source)
    assert [grant.source for grant in standing(yan)] == [since.source]


def test_withdrawing_everything_leaves_nothing(yan, lower, outer_year, inner_year):
    orders = [lower, buy(yan, plan(outer_year)), buy(yan, plan(inner_year))]
    for order in orders:
        withdraw(source=order.source)
    assert not standing(yan)


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
class TestAtOnce:
    def test_two_upgrades_one_is_delivered_and_one_returned(self, yan, lower, inner_year, inner_plan):
        orders = [place(yan, plan(inner_year)), place(yan, plan(inner_plan))]
        assert at_once(*[lambda order=order: pay(order) for order in orders]) == []
        assert sorted(is_returned(order) for order in orders) == [False, True]
        assert len(standing(yan)) == 1

    def test_upgrade_and_refund_of_what_goes_into_it(self, yan, outer_year, inner_year):
        lower = buy(yan, plan(outer_year))
        upgrade = place(yan, plan(inner_year))
        wrong = at_once(lambda: pay(upgrade), lambda: ask_back(lower))
        is_kept = any(isinstance(error, RefundKept) for error in wrong)
        assert is_kept != is_returned(upgrade)
        assert len(wrong) == is_kept
        assert len(standing(yan)) == int(is_kept)

    def test_upgrade_and_renewal_of_the_lower_one(self, yan, lower, outer_year, inner_year):
        upgrade, renewal = place(yan, plan(inner_year)), place(yan, plan(outer_year))
        assert at_once(lambda: pay(upgrade), lambda: pay(renewal)) == []
        assert sorted([is_returned(upgrade), is_returned(renewal)]) == [False, True]
        assert len(standing(yan)) == (2 if is_returned(upgrade) else 1)
        assert again(upgrade).state in (Order.State.PAID, Order.State.PENDING)
        assert Grant.objects.of(yan).in_force().exists()

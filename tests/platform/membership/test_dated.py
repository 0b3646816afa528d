"""Plans with fixed dates: a term of the school, whenever it is bought."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from buying import again, buy, give_back, is_returned, pay, place
from django.db import IntegrityError, transaction
from django.utils import timezone

from membership.access import Need, access
from membership.errors import AlreadyCovered, NotOnSale
from membership.models import Bundle, BundleItem, Plan
from membership.period import after
from membership.services import give, give_plan
from payments import goods
from payments.models import Order

pytestmark = pytest.mark.once

SCHOOL = ZoneInfo("Asia/Shanghai")
BEGINS, ENDS = datetime(2027, 9, 1, tzinfo=SCHOOL), datetime(2028, 1, 31, 23, 59, tzinfo=SCHOOL)


@pytest.fixture
def term(inner):
    """Autumn in the inner court, ¥500."""
    return Plan.objects.create(tier=inner, period=Plan.Period.DATED, starts_at=BEGINS, ends_at=ENDS, price=50000)


@pytest.fixture(autouse=True)
def summer(clock):
    clock.on(2027, 8, 1, 12)
    return clock


def quoted(person, plan):
    return goods.quote(person=person, name=f"plan:{plan.pk}")


def test_the_title_and_the_terms_say_the_dates(cat, term):
    quote = quoted(cat, term)
    assert quote.title == "内院 · 2027年9月1日 至 2028年1月31日"
    assert quote.terms == ["从 2027年9月1日 开始，到 2028年1月31日。"]
    assert quote.every == ""


def test_cat_who_buys_in_summer_comes_in_when_autumn_begins(cat, term, summer):
    buy(cat, f"plan:{term.pk}")
    need = Need(scope="course:1", tier_rank=term.tier.rank)
    assert not access(cat, need).allowed
    summer.on(2027, 9, 1, 0, 1)
    assert access(cat, need).until == ENDS
    summer.on(2028, 2, 1)
    assert not access(cat, need).allowed


@pytest.mark.again
def test_who_buys_in_the_middle_comes_in_at_once_until_the_same_day(cat, term, summer):
    summer.on(2027, 11, 1)
    assert quoted(cat, term).terms == ["付款后到 2028年1月31日。"]
    buy(cat, f"plan:{term.pk}")
    grant = cat.grants.in_force().get()
    assert (grant.ends_at, grant.is_fixed) == (ENDS, True)


def test_it_is_not_sold_after_its_end(cat, term, summer):
    order = place(cat, f"plan:{term.pk}")
    summer.on(2028, 2, 1)
    with pytest.raises(NotOnSale):
        quoted(cat, term)
    assert is_returned(pay(order))
    assert not cat.grants.exists()


def test_who_is_in_for_longer_is_not_sold_it(ben, term):
    give(person=ben, tier=term.tier, ends_at=ENDS, source="hand:1")
    with pytest.raises(AlreadyCovered, match="不用再买"):
        quoted(ben, term)


def test_bought_twice_the_second_money_goes_back(cat, term):
    facts = {"person": cat, "goods": f"plan:{term.pk}", "title": "内院", "amount": term.price, "currency": "CNY"}
    early = Order.objects.create(provider="sandbox", state=Order.State.CLOSED, **facts)
    buy(cat, f"plan:{term.pk}")
    Order.objects.filter(pk=early.pk).update(
        state=Order.State.PENDING
    )  # placed at another device before the first was paid
    assert is_returned(pay(again(early)))
    assert cat.grants.count() == 1


def test_a_month_after_the_term_begins_where_the_term_ends(cat, term, inner_plan):
    buy(cat, f"plan:{term.pk}")
    buy(cat, f"plan:{inner_plan.pk}")
    assert list(cat.grants.order_by("starts_at").values_list("ends_at", flat=True)) == [
        ENDS,
        after(ENDS, Plan.Period.MONTH),
    ]


def test_the_dates_stay_when_what_came_before_is_given_back(cat, term, inner_plan, summer):
    month = buy(cat, f"plan:{inner_plan.pk}")
    buy(cat, f"plan:{term.pk}")
    give_back(month)
    grant = cat.grants.standing().get()
    assert (grant.starts_at, grant.ends_at) == (BEGINS, ENDS)


def test_what_follows_the_term_does_not_fall_upon_what_runs_beside_it(cat, term, inner_plan, summer):
    summer.on(2027, 8, 20)
    month = buy(cat, f"plan:{inner_plan.pk}")
    term_order = buy(cat, f"plan:{term.pk}")
    later = give_plan(person=cat, plan=inner_plan, source="order:later")
    length = later.ends_at - later.starts_at
    give_back(term_order)
    later.refresh_from_db()
    assert later.starts_at == cat.grants.get(source=month.source).ends_at
    assert later.ends_at - later.starts_at == length


@pytest.mark.again
def test_what_follows_a_month_and_a_term_given_back_together_begins_at_once(cat, term, inner_plan, summer):
    summer.on(2027, 8, 20)
    bundle = Bundle.objects.create(title="先住一个月", price=50000)
    for place_in_it, plan in enumerate([inner_plan, term]):
        BundleItem.objects.create(bundle=bundle, goods=f"plan:{plan.pk}", sort_order=place_in_it)
    both = buy(cat, f"bundle:{bundle.pk}")
    later = give_plan(person=cat, plan=inner_plan, source="order:later")
    assert later.starts_at == ENDS
    give_back(both)
    later.refresh_from_db()
    assert timedelta() <= timezone.now() - later.starts_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    "dates",
    [{}, {"starts_at": BEGINS}, {"ends_at": ENDS}, {"starts_at": ENDS, "ends_at": BEGINS}],
)
def test_the_database_refuses_a_term_without_dates(inner, dates):
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.create(tier=inner, period=Plan.Period.DATED, price=1, **dates)


def test_the_database_refuses_dates_on_a_month(inner):
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.create(tier=inner, period=Plan.Period.MONTH, price=1, starts_at=BEGINS, ends_at=ENDS)


def test_several_terms_of_a_tier_may_be_on_sale(term, inner):
    spring = {"starts_at": ENDS, "ends_at": ENDS + timedelta(days=120)}
    Plan.objects.create(tier=inner, period=Plan.Period.DATED, price=50000, **spring)
    assert Plan.objects.on_sale().count() == 2


def test_a_fixed_end_cannot_be_reckoned_from_a_beginning():
    with pytest.raises(ValueError, match="fixed dates"):
        after(timezone.now(), Plan.Period.DATED)


def test_the_page_shows_the_next_term_with_its_dates(client, term, inner):
    Plan.objects.create(
        tier=inner, period=Plan.Period.DATED, price=60000, starts_at=ENDS, ends_at=ENDS + timedelta(days=99)
    )
    page = " ".join(client.get("/membership/", {"period": "dated"}).content.decode().split())
    assert "2027年9月1日 至 2028年1月31日" in page
    assert "开通内院到 2028年1月31日 ¥500" in page


@pytest.mark.parametrize(
    ("period", "sentence"),
    [("month", "付款后到 2027年9月1日。"), ("year", "付款后到 2028年8月1日。"), ("lifetime", "付款后没有期限。")],
)
def test_every_plan_says_until_when_it_lasts_if_paid_now(cat, inner, period, sentence):
    plan = Plan.objects.create(tier=inner, period=period, price=100)
    quote = quoted(cat, plan)
    assert quote.terms == [sentence]
    assert quote.every == ("" if period == "lifetime" else period)


def test_whoever_has_bought_for_life_is_not_sold_more_while_it_waits(cat, inner, inner_plan):
    forever = Plan.objects.create(tier=inner, period=Plan.Period.LIFETIME, price=990000)
    buy(cat, f"plan:{inner_plan.pk}")
    buy(cat, f"plan:{forever.pk}")
    with pytest.raises(goods.NotForSale, match="没有期限"):
        quoted(cat, inner_plan)

"""Paid in monthly parts: each part carries the right to the day the next one is due, and some days of grace."""

from datetime import timedelta

import pytest
from buying import ask_back, buy, give_back, is_returned, pay, place, why_returned
from django.utils import timezone
from racing import at_once

from cms.staff import welcome
from courses.access import course_access, lesson_need
from membership import services
from membership.access import Reason
from membership.errors import (
    AlreadyForever,
    CountedGoods,
    HasItAlready,
    HigherRuns,
    NoGiftInParts,
    NothingToGive,
    NotOnSale,
    PartPaid,
    PartsEnded,
    PartsFirst,
    PartsGoOn,
    PartsTooLong,
)
from membership.explain import explain
from membership.models import Bundle, BundleItem, Code, Grant, Instalment, PartOffer, Plan, Tier
from membership.services import end_instalment, give
from membership.services.trials import may_try
from membership.tasks import remind
from payments import goods as shop
from payments.errors import NotForSale, RefundKept
from payments.models import Order, Stock

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def offer(inner_year):
    """A year of the inner court, ¥1,280, in three parts of ¥450."""
    return PartOffer.objects.create(goods=f"plan:{inner_year.pk}", parts=3, price=45000)


@pytest.fixture
def begun(clock, cat, offer):
    """Cat pays the first part on 31 January."""
    clock.on(2027, 1, 31, 12)
    return buy(cat, offer.name)


def mine(person):
    return Instalment.objects.get(person=person)


def right(person):
    return Grant.objects.get(person=person)


def day(moment):
    return timezone.localtime(moment).strftime("%m-%d")


def labels(quote):
    return [(line["label"], line["amount"]) for line in quote.breakdown]


def test_before_paying_all_parts_and_both_sums_are_said(clock, cat, offer):
    clock.on(2027, 1, 31, 12)
    quote = shop.quote(person=cat, name=offer.name)
    assert quote.amount == 45000
    assert quote.title == "内院 · 按年（第 1 期，共 3 期）"
    assert labels(quote) == [
        ("第 1 期，现在付", 45000),
        ("第 2 期，2027年2月28日", 45000),
        ("第 3 期，2027年3月31日", 45000),
        ("以后再付", -90000),
    ]
    assert quote.terms[0] == "分 3 期，每期 ¥450，共 ¥1,350；一次付清 ¥1,280。"
    assert "7 天宽限" in quote.terms[1]
    assert "60 天" in quote.terms[2]
    assert not quote.every


@pytest.mark.again
def test_the_first_part_opens_until_the_second_is_due_and_grace(clock, cat, course, begun):
    assert course_access(cat, course).allowed
    assert day(right(cat).ends_at) == "03-07"
    clock.on(2027, 3, 7, 13)
    assert not course_access(cat, course).allowed


def test_each_part_carries_it_on_and_the_last_one_gives_the_whole_year_from_the_first(clock, cat, offer, begun):
    clock.on(2027, 2, 27, 12)
    buy(cat, offer.name)
    assert day(right(cat).ends_at) == "04-07"
    clock.on(2027, 4, 3, 12)  # in grace: nothing is lost by it
    buy(cat, offer.name)
    assert timezone.localtime(right(cat).ends_at).strftime("%Y-%m-%d") == "2028-01-31"
    assert mine(cat).completed_at
    assert not Instalment.objects.of(cat).going().exists()


def test_the_next_part_costs_what_was_agreed_on_whatever_becomes_of_the_offer(cat, offer, begun):
    PartOffer.objects.update(price=99900, parts=5, is_on_sale=False)
    quote = shop.quote(person=cat, name=offer.name)
    assert (quote.amount, quote.title) == (45000, "内院 · 按年（第 2 期，共 3 期）")
    assert buy(cat, offer.name).is_paid


def test_all_may_be_paid_early(cat, offer, begun):
    buy(cat, offer.name)
    buy(cat, offer.name)
    assert mine(cat).paid == [1, 2, 3]
    assert mine(cat).completed_at
    assert "最后一期" in Instalment.objects.get().payments.last().order.terms[0]


def test_for_ever_is_for_ever_with_the_last_part(cat, inner):
    plan = Plan.objects.create(tier=inner, period="lifetime", price=500000)
    offer = PartOffer.objects.create(goods=f"plan:{plan.pk}", parts=2, price=260000)
    buy(cat, offer.name)
    assert right(cat).ends_at
    buy(cat, offer.name)
    assert right(cat).ends_at is None


def test_fixed_dates_count_their_parts_from_their_first_day(clock, cat, inner):
    clock.on(2027, 1, 10, 12)
    starts_at = timezone.now() + timedelta(days=30)
    plan = Plan.objects.create(
        tier=inner, period="dated", price=100000, starts_at=starts_at, ends_at=starts_at + timedelta(days=90)
    )
    offer = PartOffer.objects.create(goods=f"plan:{plan.pk}", parts=3, price=40000)
    buy(cat, offer.name)
    assert mine(cat).begins_at == starts_at
    assert day(mine(cat).next_due) == "03-09"
    buy(cat, offer.name)
    buy(cat, offer.name)
    assert right(cat).ends_at == plan.ends_at


def test_what_ends_before_its_last_part_is_due_is_not_sold_in_parts(clock, cat, inner):
    now = timezone.now()
    plan = Plan.objects.create(tier=inner, period="dated", price=1000, starts_at=now, ends_at=now + timedelta(days=40))
    offer = PartOffer.objects.create(goods=f"plan:{plan.pk}", parts=3, price=400)
    with pytest.raises(PartsTooLong):
        shop.quote(person=cat, name=offer.name)


def test_a_course_is_hers_for_good_with_the_last_part(clock, cat, course):
    offer = PartOffer.objects.create(goods=course.goods, parts=2, price=11000)
    buy(cat, offer.name)
    assert course_access(cat, course).allowed
    clock.passes(days=45)
    assert not course_access(cat, course).allowed
    buy(cat, offer.name)
    assert right(cat).ends_at is None
    with pytest.raises(HasItAlready):
        shop.quote(person=cat, name=offer.name)


def test_a_bundle_opens_and_closes_as_one(clock, cat, course, outer_year):
    bundle = Bundle.objects.create(title="茶人套装", price=40000)
    for name in (f"plan:{outer_year.pk}", course.goods):
        BundleItem.objects.create(bundle=bundle, goods=name)
    offer = PartOffer.objects.create(goods=f"bundle:{bundle.pk}", parts=2, price=21000)
    buy(cat, offer.name)
    assert cat.grants.in_force().count() == 2
    clock.passes(days=45)
    assert cat.grants.in_force().count() == 0
    second = buy(cat, offer.name)
    assert [grant.ends_at is None for grant in cat.grants.in_force().order_by("scope")] == [False, True]
    ask_back(second)
    assert cat.grants.in_force().count() == 0


@pytest.mark.again
def test_whoever_is_late_for_long_may_still_pay_and_listens_at_once(clock, cat, course, offer, begun):
    clock.on(2027, 5, 1, 12)
    assert not course_access(cat, course).allowed
    buy(cat, offer.name)
    assert not course_access(cat, course).allowed  # the third part was due on 31 March
    buy(cat, offer.name)
    assert course_access(cat, course).allowed


def test_after_two_months_of_waiting_it_is_over_and_one_may_begin_anew(clock, cat, offer, begun):
    late = place(cat, offer.name)
    clock.on(2027, 5, 7, 12)
    assert mine(cat).is_over
    assert is_returned(pay(late))
    assert why_returned(late) == str(PartsEnded.sentence)
    assert mine(cat).paid == [1]
    buy(cat, offer.name)
    assert sorted(each.paid == [1] for each in Instalment.objects.of(cat)) == [True, True]
    assert Instalment.objects.of(cat).going().count() == 1


def test_the_same_part_paid_in_two_tabs_is_paid_once(cat, offer, begun):
    one = place(cat, offer.name)
    memo, number = dict(one.memo), one.number
    pay(one)
    two = place(cat, offer.name)  # the third part; as if it had been placed before
    two.memo = memo
    two.save(update_fields=["memo"])
    assert number != two.number
    assert is_returned(pay(two))
    assert why_returned(two) == str(PartPaid.sentence)
    assert mine(cat).paid == [1, 2]


@pytest.mark.again
def test_two_first_parts_at_once_begin_one_instalment(cat, offer):
    one = place(cat, offer.name)
    PartOffer.objects.update(is_on_sale=False)
    other = PartOffer.objects.create(goods=offer.goods, parts=2, price=70000)
    two = place(cat, other.name)
    assert not is_returned(pay(one))
    assert is_returned(pay(two))
    assert Instalment.objects.count() == 1


def test_the_same_order_delivered_again_changes_nothing(cat, begun):
    before = right(cat).ends_at
    shop.deliver(shop.Delivery(cat, begun.goods, begun.source, begun.title, begun.memo))
    assert right(cat).ends_at == before
    assert mine(cat).paid == [1]


def test_the_first_part_given_back_ends_it(cat, course, begun):
    ask_back(begun)
    assert not course_access(cat, course).allowed
    assert mine(cat).ended_at
    assert mine(cat).payments.get().withdrawn_at  # and what was paid stays written


def test_a_part_given_back_takes_what_it_gave_and_may_be_paid_again(clock, cat, offer, begun):
    clock.passes(days=1)
    second = buy(cat, offer.name)
    ask_back(second)
    assert day(right(cat).ends_at) == "03-07"
    assert shop.quote(person=cat, name=offer.name).title.endswith("（第 2 期，共 3 期）")
    buy(cat, offer.name)
    assert day(right(cat).ends_at) == "04-07"


def test_parts_are_given_back_from_the_last_one_on(cat, offer, begun):
    buy(cat, offer.name)
    with pytest.raises(RefundKept, match="最后付的那一期"):
        ask_back(begun)


def test_the_school_may_give_back_any_part(clock, cat, course, offer, begun):
    buy(cat, offer.name)
    give_back(begun)
    clock.on(2027, 2, 8, 12)  # the first part is due since 31 January
    assert not course_access(cat, course).allowed
    assert shop.quote(person=cat, name=offer.name).title.endswith("（第 1 期，共 3 期）")


def test_the_last_part_given_back_makes_it_go_on(cat, offer, begun):
    buy(cat, offer.name)
    ask_back(buy(cat, offer.name))
    assert mine(cat).completed_at is None
    assert day(right(cat).ends_at) == "04-07"
    assert Instalment.objects.of(cat).going().exists()


def test_while_parts_are_open_nothing_is_bought_on_top_of_it(cat, inner, inner_plan, inner_year, offer, begun):
    best = Plan.objects.create(tier=Tier.objects.create(slug="best", name="同窗", rank=30), period="year", price=300000)
    for plan in (inner_plan, inner_year, best):
        with pytest.raises(PartsFirst, match="内院 · 按年"):
            shop.quote(person=cat, name=f"plan:{plan.pk}")
    with pytest.raises(PartsGoOn):
        services.pause(person=cat)
    assert not may_try(cat, inner)


def test_a_renewal_ordered_before_the_first_part_goes_back(cat, inner_plan, offer):
    waiting = place(cat, f"plan:{inner_plan.pk}")
    buy(cat, offer.name)
    assert is_returned(pay(waiting))
    assert "在分期" in why_returned(waiting)


def test_paid_in_all_parts_it_counts_for_an_upgrade_with_all_that_was_paid(cat, offer, begun):
    for _ in range(2):
        buy(cat, offer.name)
    best = Plan.objects.create(tier=Tier.objects.create(slug="best", name="同窗", rank=30), period="year", price=300000)
    quote = shop.quote(person=cat, name=f"plan:{best.pk}")
    assert quote.amount == 300000 - 135000
    upgraded = buy(cat, f"plan:{best.pk}")
    last = mine(cat).payments.get(n=3).order
    with pytest.raises(RefundKept, match="升级"):
        ask_back(last)
    whole = cat.grants.get(tier=best.tier)
    give_back(last)  # the school may: the upgrade keeps the days that are still paid for
    shorter = cat.grants.get(tier=best.tier)
    lost = (whole.ends_at - shorter.ends_at) / (whole.ends_at - whole.starts_at)
    assert lost == pytest.approx(45000 / 300000, abs=0.001)
    ask_back(upgraded)
    assert day(right_of(cat, "内院").ends_at) == "04-07"


def right_of(person, name):
    return person.grants.standing().get(tier__name=name)


def test_renewed_behind_a_whole_one_the_days_follow_it_wherever_it_ends(cat, inner_plan, offer, begun):
    buy(cat, offer.name)
    last = buy(cat, offer.name)
    renewal = buy(cat, f"plan:{inner_plan.pk}")
    follows = Grant.objects.get(source=renewal.source)
    assert follows.starts_at == mine(cat).grants.get().ends_at
    ask_back(last)
    follows.refresh_from_db()
    assert follows.starts_at == mine(cat).grants.get().ends_at
    buy(cat, offer.name)
    follows.refresh_from_db()
    assert follows.starts_at == mine(cat).grants.get().ends_at


def test_what_is_left_of_a_lower_tier_is_not_counted_and_that_is_said(cat, outer_year, offer):
    buy(cat, f"plan:{outer_year.pk}")
    quote = shop.quote(person=cat, name=offer.name)
    assert quote.amount == 45000
    assert "不折算" in quote.terms[-1]
    buy(cat, offer.name)
    assert right_of(cat, "外院").replaced_by == ""


def test_whoever_sits_higher_or_has_it_for_ever_pays_no_part(cat, inner, offer):
    best = Tier.objects.create(slug="best", name="同窗", rank=30)
    give(person=cat, tier=best, ends_at=timezone.now() + timedelta(days=9), source="hand:1")
    with pytest.raises(HigherRuns):
        shop.quote(person=cat, name=offer.name)
    Grant.objects.update(tier=inner, ends_at=None)
    with pytest.raises(AlreadyForever):
        shop.quote(person=cat, name=offer.name)


def test_it_is_no_gift_and_no_code(ben, otto, offer):
    with pytest.raises(NoGiftInParts):
        shop.quote(person=ben, name=f"gift:{offer.name}")
    with pytest.raises(NothingToGive):
        services.make_batch(title="卡", goods=offer.name, count=1, by=otto)
    assert not Code.objects.exists()


def test_what_is_counted_is_not_sold_in_parts(cat, offer):
    Stock.objects.create(goods=offer.goods, capacity=3)
    with pytest.raises(CountedGoods):
        shop.quote(person=cat, name=offer.name)


@pytest.mark.parametrize("name", ["part:", "part:x", "part:0", "part:part:1"])
def test_no_other_name_is_an_instalment(cat, offer, name):
    with pytest.raises(NotForSale):
        shop.quote(person=cat, name=name)


def test_off_sale_nobody_begins_it(cat, offer):
    PartOffer.objects.update(is_on_sale=False)
    with pytest.raises(NotOnSale):
        shop.quote(person=cat, name=offer.name)


def test_one_persons_parts_are_nobody_elses(cat, dan, offer, begun):
    assert shop.quote(person=dan, name=offer.name).title.endswith("（第 1 期，共 3 期）")


def test_the_school_may_end_it_and_what_was_paid_stays_open(cat, course, inner_plan, offer, begun):
    end_instalment(instalment=mine(cat))
    end_instalment(instalment=mine(cat))
    assert course_access(cat, course).allowed
    assert shop.quote(person=cat, name=f"plan:{inner_plan.pk}").amount == 6800
    assert shop.quote(person=cat, name=offer.name).title.endswith("（第 1 期，共 3 期）")


def test_a_right_taken_back_by_hand_takes_no_more_parts(cat, offer, begun):
    waiting = place(cat, offer.name)
    services.withdraw(source=mine(cat).source)
    assert is_returned(pay(waiting))


def heard(person):
    """But for the receipts."""
    return list(person.messages.exclude(key__startswith="paid:").order_by("pk").values_list("title", flat=True))


def hours(clock, count):
    """As the clock of the worker would ask, hour by hour."""
    for _ in range(count // 6):
        remind.call()
        clock.passes(hours=6)


def test_before_each_part_and_in_grace_and_when_it_closes_one_hears_it_once(clock, cat, offer, begun):
    hours(clock, 24 * 40)
    assert heard(cat) == [
        "下一期 2027年2月28日 到期：内院 · 按年",
        "第 2 期还没付：内院 · 按年",
        "内院 · 按年先关上了",
    ]


def test_whoever_has_paid_or_ended_it_or_was_banned_hears_nothing_more(clock, cat, ben, dan, offer, begun):
    for person in (ben, dan):
        Grant.objects.filter(person=person).delete()
        buy(person, offer.name)
    for _ in range(2):
        buy(cat, offer.name)
    end_instalment(instalment=mine(ben))
    dan.is_active = False
    dan.save()
    clock.on(2027, 2, 27, 12)
    assert {name: told for name, told in remind.call().items() if name.startswith("part")} == {
        "part_due": 0,
        "part_grace": 0,
        "part_closed": 0,
    }


def words(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_page_of_memberships_says_both_prices_and_leads_to_the_first_part(client, offer):
    page = words(client.get("/membership/?period=year"))
    assert "分 3 期，每期 ¥450，共 ¥1,350；一次付清 ¥1,280。" in page
    assert f'href="/pay/checkout/{offer.name}/"' in page


def test_the_checkout_shows_every_part_before_paying(login, clock, cat, offer):
    clock.on(2027, 1, 31, 12)
    page = words(login(cat).get(f"/pay/checkout/{offer.name}/"))
    assert "第 3 期，2027年3月31日" in page
    assert "一次付清 ¥1,280" in page
    assert "付 ¥450" in page
    assert "一次付清，到期不会自动扣款" not in page


@pytest.mark.parametrize("url", ["/me/", "/membership/"])
def test_who_has_a_part_to_pay_sees_which_and_when_and_a_button(login, clock, cat, url, offer, begun):
    page = words(login(cat).get(url))
    assert "下一期是第 2 期（共 3 期），2027年2月28日 前付。" in page
    assert "付第 2 期 ¥450" in page
    assert f'href="/pay/checkout/{offer.name}/"' in page
    clock.on(2027, 3, 2, 12)
    assert "已到期，还能听到 2027年3月7日" in words(login(cat).get(url))
    clock.on(2027, 4, 2, 12)
    assert "先关上了。2027年5月6日 前付上，马上再开。" in words(login(cat).get(url))
    clock.on(2027, 6, 2, 12)
    assert "付第 2 期" not in words(login(cat).get(url))


def test_strangers_see_nobodys_instalment(login, dan, begun):
    assert "我的分期" not in words(login(dan).get("/me/"))


def test_the_order_of_a_part_says_what_comes_next(login, cat, offer, begun):
    page = words(login(cat).get(begun.get_absolute_url()))
    assert "权益已经生效" in page
    assert "下一期是第 2 期" in page
    buy(cat, offer.name)
    last = buy(cat, offer.name)
    assert "分期都付清了" in words(login(cat).get(last.get_absolute_url()))


def test_a_closed_lesson_asks_for_the_part_and_nothing_else(clock, cat, course, offer, begun):
    clock.on(2027, 3, 8, 12)
    answer = course_access(cat, course)
    assert (answer.allowed, answer.reason) == (False, Reason.UNPAID)
    assert [way.goods for way in answer.ways] == [offer.name]
    assert "宽限也过了" in answer.sentence


def test_the_office_is_told_that_it_is_paid_in_parts(clock, cat, lesson, begun):
    said = explain(cat, lesson_need(lesson)).weighed[0].sentence
    assert said.startswith("算。到")
    assert said.endswith("分 3 期买的，付了 1 期；第 2 期 2027年2月28日 到期。")
    clock.on(2027, 3, 8, 12)
    assert "第 2 期" in explain(cat, lesson_need(lesson)).weighed[0].sentence
    end_instalment(instalment=mine(cat))
    assert explain(cat, lesson_need(lesson)).weighed[0].sentence.endswith("已经结束。")


OFFERS = "/admin/snippets/membership/partoffer"


def test_an_operator_offers_it_in_parts(login, olga, inner_year):
    welcome(olga)
    facts = {"goods": f"plan:{inner_year.pk}", "parts": 3, "price": 45000, "grace_days": 7, "is_on_sale": "on"}
    assert login(olga).post(f"{OFFERS}/add/", facts).status_code == 302
    assert PartOffer.objects.get().total == 135000


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"goods": "house:1"}, "没有这种商品"),
        ({"goods": "gift:plan:0"}, "能分期的只有"),
        ({"goods": "plan:0"}, "停售"),
        ({"parts": 1}, "分 2 到 24 期"),
        ({"parts": 13}, "期数不能比套餐的月数多"),
        ({"price": 0}, "价格要大于 0"),
        ({"grace_days": 0}, "宽限 1 到 28 天"),
    ],
)
def test_a_wrong_offer_is_sent_back_with_a_sentence(login, otto, inner_year, wrong, sentence):
    facts = {"goods": f"plan:{inner_year.pk}", "parts": 3, "price": 45000, "grace_days": 7, "is_on_sale": "on"}
    assert sentence in words(login(otto).post(f"{OFFERS}/add/", facts | wrong))
    assert not PartOffer.objects.exists()


def test_what_is_counted_or_offered_already_is_not_offered_in_parts(login, otto, inner_year, offer):
    facts = {"goods": offer.goods, "parts": 2, "price": 45000, "grace_days": 7, "is_on_sale": "on"}
    assert "已有一个在售的分期方案" in words(login(otto).post(f"{OFFERS}/add/", facts))
    Stock.objects.create(goods=offer.goods, capacity=2)
    assert "名额有限" in words(login(otto).post(f"{OFFERS}/add/", facts))


def test_an_operator_reads_an_instalment_and_ends_it(login, olga, cat, begun):
    welcome(olga)
    desk = login(olga)
    url = f"/admin/snippets/membership/instalment/edit/{mine(cat).pk}/"
    assert "付了 1 / 3 期" in words(desk.get(url))
    assert desk.post(url, {}).status_code == 302
    assert mine(cat).ended_at is None
    assert desk.post(url, {"is_ended": "on"}).status_code == 302
    assert mine(cat).ended_at
    assert "已结束" in words(desk.get("/admin/snippets/membership/instalment/"))


@pytest.mark.parametrize("who", ["emil", "ada", "cat"])
def test_nobody_else_comes_near_it(login, who, request, cat, begun):
    url = f"/admin/snippets/membership/instalment/edit/{mine(cat).pk}/"
    answer = login(request.getfixturevalue(who)).post(url, {"is_ended": "on"})
    assert answer.status_code in {302, 403}
    assert mine(cat).ended_at is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
class TestAtOnce:
    def test_the_same_part_twice_is_taken_once(self, cat, inner_plan, offer, begun):
        one = place(cat, offer.name)
        other = PartOffer.objects.create(goods=offer.goods, parts=3, price=45000, is_on_sale=False)
        two = Order.objects.create(
            **{name: getattr(one, name) for name in ("person", "title", "amount", "currency", "provider", "memo")},
            goods=other.name,
        )
        assert at_once(lambda: pay(one), lambda: pay(two)) == []
        assert sorted([is_returned(one), is_returned(two)]) == [False, True]
        assert mine(cat).paid == [1, 2]

    def test_the_first_part_and_the_whole_of_it(self, cat, inner_plan, offer):
        part, whole = place(cat, offer.name), place(cat, f"plan:{inner_plan.pk}")
        assert at_once(lambda: pay(part), lambda: pay(whole)) == []
        begun = Instalment.objects.first()
        assert not is_returned(part)
        if is_returned(whole):
            assert begun.grants.get().starts_at < timezone.now()
        else:  # the whole came first: the parts follow it
            assert begun.begins_at == Grant.objects.get(instalment=None).ends_at

    def test_a_part_that_is_paid_and_the_one_before_that_is_given_back(self, cat, offer, begun):
        second = buy(cat, offer.name)
        third = place(cat, offer.name)
        wrong = at_once(lambda: pay(third), lambda: ask_back(second))
        assert [type(error) for error in wrong] in ([], [RefundKept])
        assert mine(cat).paid == ([1, 2, 3] if wrong else [1, 3])
        assert bool(mine(cat).completed_at) == bool(wrong)

    def test_a_part_that_is_paid_while_the_school_ends_it(self, cat, offer, begun):
        second = place(cat, offer.name)
        assert at_once(lambda: pay(second), lambda: end_instalment(instalment=mine(cat))) == []
        assert mine(cat).ended_at
        assert mine(cat).paid == ([1] if is_returned(second) else [1, 2])

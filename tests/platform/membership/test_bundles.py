"""Bundles: several goods at one price."""

import pytest
from buying import ask_back, buy, give_back, is_returned, pay, place
from django.core.exceptions import ValidationError

from courses.models import Course
from membership.errors import AlreadyForever, HigherRuns, NotOnSale
from membership.models import Bundle, BundleItem, Plan
from membership.services import give
from payments import goods
from payments.errors import NotForSale, RefundKept

pytestmark = pytest.mark.once

SNIPPETS = "/admin/snippets/membership/bundle"


@pytest.fixture
def bundle(outer_year, course):
    """A year of the outer court and the course, ¥298 and ¥199, together for ¥400."""
    bundle = Bundle.objects.create(title="茶人套装", price=40000)
    for place_in_it, name in enumerate([f"plan:{outer_year.pk}", course.goods]):
        BundleItem.objects.create(bundle=bundle, goods=name, sort_order=place_in_it)
    return bundle


@pytest.fixture
def name(bundle):
    return f"bundle:{bundle.pk}"


def test_it_says_what_the_parts_cost_singly_and_what_is_saved(cat, name):
    quote = goods.quote(person=cat, name=name)
    assert quote.breakdown == [
        {"label": "外院 · 按年", "amount": 29800},
        {"label": "一盏茶的工夫", "amount": 19900},
        {"label": "组合优惠", "amount": -9700},
    ]
    assert (quote.title, quote.amount) == ("茶人套装", 40000)
    assert quote.terms[0].startswith("外院 · 按年：付款后到")
    assert sum(quote.memo["shares"].values()) == 40000


def test_each_part_is_given_under_a_source_of_its_own(cat, name, outer_year, course):
    order = buy(cat, name)
    assert {grant.source: grant.opens for grant in cat.grants.in_force()} == {
        f"{order.source}/plan:{outer_year.pk}": "外院",
        f"{order.source}/{course.goods}": course.goods,
    }


def test_given_back_all_parts_are_taken_back(cat, name):
    ask_back(buy(cat, name))
    assert not cat.grants.standing().exists()


def test_another_order_of_a_part_stays(cat, name, course):
    alone = buy(cat, course.goods)
    ask_back(buy(cat, name))
    assert [grant.source for grant in cat.grants.standing()] == [alone.source]


def test_what_was_in_it_when_it_was_ordered_is_given(cat, bundle, name):
    order = place(cat, name)
    bundle.items.last().delete()
    pay(order)
    assert cat.grants.count() == 2


def test_a_part_that_is_no_longer_sold_takes_the_bundle_with_it(cat, name, course):
    Course.objects.filter(pk=course.pk).update(is_published=False)
    with pytest.raises(NotForSale):
        goods.quote(person=cat, name=name)


def test_a_part_that_is_no_use_to_someone_is_said_so(cat, eve, name, outer, inner):
    give(person=cat, tier=outer, source="hand:1")
    with pytest.raises(AlreadyForever):
        goods.quote(person=cat, name=name)
    give(person=eve, tier=inner, source="hand:2")
    with pytest.raises(HigherRuns):
        goods.quote(person=eve, name=name)


def test_when_one_part_cannot_be_delivered_nothing_is_and_the_money_goes_back(cat, name, inner):
    order = place(cat, name)
    give(person=cat, tier=inner, source="hand:1")
    assert is_returned(pay(order))
    assert cat.grants.count() == 1


@pytest.mark.parametrize("ref", ["0", "x", "-1"])
def test_a_bundle_that_does_not_exist_is_not_for_sale(cat, db, ref):
    with pytest.raises(NotOnSale):
        goods.quote(person=cat, name=f"bundle:{ref}")


def test_taken_off_sale_or_empty_or_mixed_in_currency_it_is_not_sold(cat, bundle, name):
    for change in ({"is_on_sale": False}, {"is_on_sale": True, "currency": "USD"}):
        Bundle.objects.filter(pk=bundle.pk).update(**change)
        with pytest.raises(NotOnSale):
            goods.quote(person=cat, name=name)
    bundle.items.all().delete()
    with pytest.raises(NotOnSale):
        goods.quote(person=cat, name=name)


def test_a_part_goes_into_an_upgrade_at_its_share_of_the_price(cat, bundle, name, inner_year, outer_year):
    """¥400 × 298 / 497 were paid for the year, and all of it is left."""
    order = buy(cat, name)
    share = 40000 * 29800 // 49700
    assert goods.quote(person=cat, name=f"plan:{inner_year.pk}").breakdown[1]["amount"] == -share
    upgrade = buy(cat, f"plan:{inner_year.pk}")
    with pytest.raises(RefundKept):
        ask_back(order)
    give_back(order)
    assert [grant.source for grant in cat.grants.standing()] == [upgrade.source]
    ask_back(upgrade)
    assert not cat.grants.standing().exists()


def test_a_bundle_with_a_higher_tier_leaves_the_lower_one_as_it_is_and_says_so(cat, outer_year, inner_year, course):
    buy(cat, f"plan:{outer_year.pk}")
    bundle = Bundle.objects.create(title="全", price=140000)
    for item in (f"plan:{inner_year.pk}", course.goods):
        BundleItem.objects.create(bundle=bundle, goods=item)
    quote = goods.quote(person=cat, name=f"bundle:{bundle.pk}")
    assert quote.amount == 140000
    assert "不折算" in quote.terms[-1]
    buy(cat, f"bundle:{bundle.pk}")
    assert cat.grants.in_force().count() == 3


@pytest.mark.parametrize(
    ("item", "sentence"), [("house:1", "没有这种商品"), ("plan", "没有这种商品"), ("bundle:1", "不能再放组合")]
)
def test_only_what_someone_sells_goes_into_a_bundle(item, sentence, db):
    with pytest.raises(ValidationError, match=sentence):
        BundleItem(bundle=Bundle(title="x", price=1), goods=item).clean()


def fields(*items, **more):
    made = {"title": "茶人套装", "promise": "", "price": 40000, "currency": "CNY", "is_on_sale": "on", **more}
    made |= {"items-TOTAL_FORMS": len(items), "items-INITIAL_FORMS": 0, "items-MIN_NUM_FORMS": 2}
    for index, item in enumerate(items):
        made |= {f"items-{index}-goods": item, f"items-{index}-ORDER": index + 1, f"items-{index}-id": ""}
    return made | {"items-MAX_NUM_FORMS": 1000}


def test_staff_make_one_where_they_look_after_plans(login, otto, outer_year, course):
    assert login(otto).post(f"{SNIPPETS}/add/", fields(f"plan:{outer_year.pk}", course.goods)).status_code == 302
    assert [item.goods for item in Bundle.objects.get().items.all()] == [f"plan:{outer_year.pk}", course.goods]


@pytest.mark.parametrize(
    ("items", "more", "sentence"),
    [
        (("plan:<plan>", "course:0"), {}, "course:0"),
        (("plan:<plan>", "course:<course>"), {"currency": "USD"}, "币种和组合的不一样"),
        (("plan:<plan>", "plan:<plan>"), {}, "重复|同一件|duplicate"),
        (("plan:<plan>",), {}, "至少"),
    ],
)
def test_what_makes_no_sense_is_sent_back_with_a_sentence(items, more, sentence, login, otto, outer_year, course):
    items = [item.replace("<plan>", str(outer_year.pk)).replace("<course>", str(course.pk)) for item in items]
    response = login(otto).post(f"{SNIPPETS}/add/", fields(*items, **more))
    assert response.status_code == 200
    assert any(word in response.content.decode() for word in sentence.split("|"))
    assert not Bundle.objects.exists()


def test_nobody_deletes_one(login, otto, bundle):
    login(otto).post(f"{SNIPPETS}/delete/{bundle.pk}/")
    assert Bundle.objects.exists()
    assert Plan.objects.exists()

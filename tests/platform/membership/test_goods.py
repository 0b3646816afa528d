import pytest

from membership.access import Need, Reason, access
from membership.errors import AlreadyForever, NotOnSale
from membership.period import after
from membership.services import give
from payments import goods
from payments.errors import NotForSale
from payments.models import Order

pytestmark = pytest.mark.once


@pytest.fixture
def plan(inner_plan):
    return inner_plan


@pytest.fixture
def sell(plan):
    """Someone ordered the plan and paid its price."""

    def sell(person):
        return Order.objects.create(
            person=person,
            goods=f"plan:{plan.pk}",
            title="内院 · 按月",
            amount=plan.price,
            currency="CNY",
            state=Order.State.PAID,
        )

    return sell


@pytest.fixture
def till(plan):
    return goods.find(f"plan:{plan.pk}")[0]


def test_a_plan_is_quoted_at_its_price_and_the_lines_add_up(cat, plan):
    quote = goods.quote(person=cat, name=f"plan:{plan.pk}")
    assert (quote.title, quote.amount, quote.currency, quote.url) == ("内院 · 按月", 6800, "CNY", "/membership/")
    assert sum(line["amount"] for line in quote.breakdown) == quote.amount


def delivery(order):
    return goods.Delivery(order.person, order.goods, order.source, order.title)


@pytest.mark.parametrize("ref", ["0", "none", "-1", "²", "99999999999999999999"])
def test_a_plan_that_does_not_exist_is_not_for_sale(cat, plan, ref):
    with pytest.raises(NotForSale, match="停售"):
        goods.quote(person=cat, name=f"plan:{ref}")


def test_a_plan_taken_off_sale_is_no_longer_sold_but_what_was_paid_is_delivered(cat, plan, till, sell):
    order = sell(cat)
    plan.is_on_sale = False
    plan.save()
    with pytest.raises(NotOnSale):
        goods.quote(person=cat, name=f"plan:{plan.pk}")
    till.deliver(delivery(order))
    assert cat.grants.in_force().count() == 1


def test_whoever_has_the_tier_forever_is_not_sold_more_of_it(cat, plan):
    give(person=cat, tier=plan.tier, source="hand:1")
    with pytest.raises(AlreadyForever, match="没有期限"):
        goods.quote(person=cat, name=f"plan:{plan.pk}")


@pytest.mark.again
def test_a_paid_plan_opens_at_once_and_only_once(cat, plan, till, sell):
    order = sell(cat)
    till.deliver(delivery(order))
    till.deliver(delivery(order))
    grant = cat.grants.get()
    assert grant.source == f"order:{order.number}"
    assert grant.ends_at == after(grant.starts_at, plan.period)
    assert access(cat, Need(scope="course:1", tier_rank=plan.tier.rank)).reason is Reason.TIER


def test_a_member_who_pays_again_goes_on_where_the_membership_ends(ben, till, sell):
    ends_at = ben.grants.get().ends_at
    till.deliver(delivery(sell(ben)))
    till.deliver(delivery(sell(ben)))
    starts = list(ben.grants.order_by("starts_at").values_list("starts_at", flat=True))
    assert starts[1] == ends_at
    assert len(starts) == 3


def test_a_refund_takes_back_what_this_order_gave_and_nothing_else(ben, till, sell):
    order = sell(ben)
    till.deliver(delivery(order))
    till.withdraw(source=order.source)
    till.withdraw(source=order.source)
    assert ben.grants.standing().count() == 1
    assert ben.grants.in_force().count() == 1


def test_a_notice_that_comes_after_the_refund_gives_nothing_back(cat, till, sell):
    order = sell(cat)
    till.deliver(delivery(order))
    till.withdraw(source=order.source)
    till.deliver(delivery(order))
    assert not cat.grants.standing().exists()


def test_the_button_of_an_offer_leads_to_the_price(cat, plan, login):
    offer = access(cat, Need(scope="course:1", tier_rank=plan.tier.rank)).offers[0]
    response = login(cat).get(offer.url)
    assert response.status_code == 200
    assert "¥68" in response.content.decode()

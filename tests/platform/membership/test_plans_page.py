from datetime import timedelta

import pytest
from django.utils import timezone

from membership.models import Plan, Tier
from membership.services import give

pytestmark = pytest.mark.once

YEAR = Plan.Period.YEAR
PAGE = "/membership/"


@pytest.fixture
def on_sale(outer, inner, inner_plan):
    """Both tiers by the month, `inner` by the year too, and the free seat; what they promise."""
    Tier.objects.create(slug="guest", name="旁听", rank=0, benefits=[{"label": "直播", "value": "可听"}])
    Plan.objects.create(tier=outer, period=Plan.Period.MONTH, price=2800)
    inner.benefits = [{"label": "直播", "value": "可回听"}, {"label": "作业", "value": "老师批改"}]
    inner.save()
    return Plan.objects.create(tier=inner, period=YEAR, price=68000)


def words(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_whoever_has_not_signed_in_sees_every_price_and_where_to_sign_in(client, on_sale, inner_plan):
    page = words(client.get(PAGE))
    assert f"/accounts/login/?next={PAGE}" in page
    assert "¥680" in page
    assert f'href="/pay/checkout/plan:{on_sale.pk}/"' in page
    assert "合每月 ¥56.67，省 ¥136" in page
    month = words(client.get(PAGE, {"period": "month"}))
    assert "开通内院一个月 ¥68" in month
    assert "开通外院一个月 ¥28" in month


def test_a_member_sees_the_own_seat_and_can_add_to_its_end(login, ben, on_sale):
    page = words(login(ben).get(PAGE))
    assert '你现在是<b class="b">内院</b>，到' in page
    assert "续内院一年 ¥680" in page
    assert "你的席位已包含" in page


def test_a_member_without_an_end_has_nothing_to_buy(login, cat, inner, on_sale):
    give(person=cat, tier=inner, source="hand:1")
    page = words(login(cat).get(PAGE))
    assert "没有期限" in page
    assert "/pay/checkout/" not in page


def test_someone_lapsed_reads_when_it_ended_and_is_pointed_back(login, dan, on_sale):
    page = words(login(dan).get(PAGE))
    assert '你的<b class="b">内院</b>在' in page
    assert "到期了" in page
    assert "续内院一年" in page


def test_a_stranger_sits_in_the_free_seat_and_is_pointed_one_up(login, cat, on_sale):
    response = login(cat).get(PAGE, {"period": "month"})
    assert '你现在是<b class="b">旁听</b>' in words(response)
    assert response.context["picked"].tier.name == "外院"


def test_a_member_of_the_lower_tier_is_pointed_to_the_next(login, eve, on_sale):
    assert login(eve).get(PAGE, {"period": "month"}).context["picked"].tier.name == "内院"


def test_the_address_chooses_period_and_seat(client, on_sale):
    response = client.get(PAGE, {"period": "month", "tier": "inner"})
    assert response.context["period"] == "month"
    assert response.context["picked"].tier.slug == "inner"


def test_an_address_with_nonsense_shows_the_usual_page(client, on_sale):
    response = client.get(PAGE, {"period": "decade", "tier": "<b>"})
    assert response.context["period"] == YEAR
    assert response.context["picked"].tier.slug == "inner"


def test_differences_stand_side_by_side_and_what_is_missing_says_so(client, on_sale):
    rows = client.get(PAGE).context["rows"]
    assert rows == [("直播", ["可听", "", "可回听"]), ("作业", ["", "", "老师批改"])]
    assert "没有" in words(client.get(PAGE))


def test_what_is_not_on_sale_is_not_shown(client, on_sale, outer, inner):
    outer.plans.update(is_on_sale=False)
    inner.is_archived = True
    inner.save()
    assert [seat.tier.slug for seat in client.get(PAGE).context["seats"]] == ["guest"]


def test_a_school_that_sells_no_membership_says_so(client, db):
    assert "没有在售的会员" in words(client.get(PAGE))


def test_a_renewal_ends_one_period_after_what_one_has(login, ben, on_sale):
    ends_at = ben.grants.get().ends_at
    seat = login(ben).get(PAGE).context["picked"]
    assert seat.ends_at - ends_at >= timedelta(days=365)


def test_an_upgrade_begins_now(login, eve, on_sale):
    seat = login(eve).get(PAGE, {"tier": "inner", "period": "month"}).context["picked"]
    assert seat.ends_at < timezone.now() + timedelta(days=32)

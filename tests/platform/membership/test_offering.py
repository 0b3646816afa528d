"""The page of memberships, for those who have something: the difference to pay, a trial, a pause, bundles."""

import pytest
from buying import buy

from membership.models import Bundle, BundleItem, Grant, Plan
from membership.services import pause
from payments.models import Subscription

pytestmark = pytest.mark.once

PAGE = "/membership/"


@pytest.fixture(autouse=True)
def spring(clock):
    clock.on(2027, 3, 1, 12)
    return clock


@pytest.fixture
def member(cat, outer_year, inner_year, spring):
    """cat, half way through a year of the outer court."""
    buy(cat, f"plan:{outer_year.pk}")
    spring.on(2027, 8, 31, 13)
    return cat


def words(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_whoever_sits_lower_sees_the_difference(login, member, inner_year):
    page = words(login(member).get(PAGE))
    assert "升内院一年，补差价 ¥1,131" in page
    assert "升级只补差价" in page
    assert ">¥1,280<" in page.replace(" ", "")  # the price of the seat stays what it is


def test_the_difference_on_the_page_is_the_difference_at_the_checkout(login, member, inner_year):
    client = login(member)
    seat = client.get(PAGE).context["picked"]
    checkout = client.get(f"/pay/checkout/plan:{inner_year.pk}/")
    assert checkout.context["quote"].amount == seat.amount == 113100
    assert "外院剩余 183 天抵扣" in words(checkout)
    assert "-¥149" in words(checkout) or "−¥149" in words(checkout)


def test_what_the_credit_exceeds_is_in_the_date(login, member, inner_plan):
    client = login(member)
    seat = client.get(PAGE, {"period": "month", "tier": "inner"}).context["picked"]
    order = buy(member, f"plan:{inner_plan.pk}")
    assert abs(seat.ends_at - member.grants.get(source=order.source).ends_at).total_seconds() < 60


@pytest.mark.parametrize(("name", "sees"), [("cat", True), ("eve", True), ("ben", False), ("dan", False)])
def test_who_may_try_it_sees_the_button(login, name, sees, request, inner_year):
    Plan.objects.filter(pk=inner_year.pk).update(trial_days=7)
    page = words(login(request.getfixturevalue(name)).get(PAGE, {"tier": "inner"}))
    assert ("先免费试 7 天" in page) == sees
    assert (f'action="/membership/trial/{inner_year.pk}/"' in page) == sees


def test_who_has_not_signed_in_sees_no_trial_and_every_bundle(client, inner_year, bundle):
    Plan.objects.filter(pk=inner_year.pk).update(trial_days=7)
    page = words(client.get(PAGE))
    assert "先免费试" not in page
    assert "一起买 ¥400" in page


@pytest.fixture
def bundle(outer_year, course):
    bundle = Bundle.objects.create(title="茶人套装", price=40000)
    for name in (f"plan:{outer_year.pk}", course.goods):
        BundleItem.objects.create(bundle=bundle, goods=name)
    return bundle


def test_a_bundle_says_what_its_parts_cost_singly(login, cat, bundle):
    page = words(login(cat).get(PAGE))
    assert "茶人套装" in page
    assert "单买共 ¥497" in page
    assert f'href="/pay/checkout/bundle:{bundle.pk}/"' in page


def test_a_bundle_that_is_no_use_says_why(login, ben, bundle):
    page = words(login(ben).get(PAGE))
    assert "已经包含这一席" in page
    assert "一起买 ¥" not in page


def test_a_bundle_of_what_is_not_sold_is_not_shown(login, cat, bundle, outer_year):
    Plan.objects.filter(pk=outer_year.pk).update(is_on_sale=False)
    assert "茶人套装" not in words(login(cat).get(PAGE))


def test_a_member_may_pause_and_then_resume(login, member, outer):
    client = login(member)
    assert "先停一停" not in words(client.get(PAGE))
    outer.pause_days = 14
    outer.save()
    assert "这一年还能停 14 天" in words(client.get(PAGE))
    pause(person=member)
    page = words(client.get(PAGE))
    assert "在暂停，最晚 2027年9月14日 自己恢复" in page
    assert 'action="/membership/resume/"' in page
    assert "先停一停" not in page


def test_what_renews_by_itself_says_so_and_offers_no_pause(login, member, outer, outer_year):
    outer.pause_days = 14
    outer.save()
    Subscription.objects.create(
        person=member, provider="stripe", reference="sub_1", goods=f"plan:{outer_year.pk}", title="外院"
    )
    page = words(login(member).get(PAGE))
    assert "到 2028年3月1日 自动续费" in page
    assert "先停一停" not in page


def test_the_page_promises_what_the_settings_say(client, settings, inner_year):
    assert "到期前七天和前一天各提醒一次，续不续由你。 7 天内不满意，全退。" in words(client.get(PAGE))
    settings.REFUND_WINDOW_DAYS = 0
    assert "不满意" not in words(client.get(PAGE))
    settings.REFUND_WINDOW_DAYS, settings.REFUND_FEE_PERCENT = 7, 5
    assert "全退" not in words(client.get(PAGE))


def test_the_page_leads_to_codes(client, inner_year):
    assert 'href="/membership/redeem/"' in words(client.get(PAGE))


def test_a_hundred_rights_cost_no_more_queries(login, member, django_assert_max_num_queries, outer):
    client = login(member)
    client.get(PAGE)
    with django_assert_max_num_queries(60) as few:
        client.get(PAGE)
    grant = member.grants.get()
    Grant.objects.bulk_create(
        Grant(person=member, tier=outer, starts_at=grant.starts_at, ends_at=grant.ends_at, source=f"test:{number}")
        for number in range(100)
    )
    with django_assert_max_num_queries(len(few)):
        client.get(PAGE)

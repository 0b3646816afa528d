"""cat buys by Stripe, on a phone and at a desk; Stripe is the simulator, everything else is real."""

import re

import pytest
from playwright.sync_api import expect

from payments.models import Order, Subscription
from payments.simulators.stripe import StripeTill
from payments.simulators.till import opened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
WECHAT = f"{IPHONE} MicroMessenger/8.0.50"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740, "has_touch": True, "is_mobile": True, "user_agent": IPHONE}
ORDER_PAGE = re.compile(r"/pay/orders/[0-9a-f-]+/$")
WINDOWS = pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])


@pytest.fixture
def till():
    with opened(StripeTill()) as till:
        yield till


@pytest.fixture
def one(school, till):
    """The school, which takes money by Stripe and nothing else."""
    one = school.start(PAYMENTS="stripe", **till.environment())
    till.endpoint = f"{one.url}/pay/webhook/stripe/"
    return one


def at_the_till(page, till):
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(f"{till.url}/c/pay/*")
    return page


@WINDOWS
def test_cat_buys_the_course_and_gives_it_back(one, till, ears, enter, cat, course, window):
    page = enter(ears, cat, f"{one.url}/pay/checkout/course:{course.pk}/", **window)
    at_the_till(page, till)
    expect(page.get_by_text(course.title)).to_be_visible()
    expect(page.get_by_text("CNY 199.00")).to_be_visible()
    page.get_by_role("button", name="支付").click()

    page.wait_for_url(ORDER_PAGE)
    expect(page.get_by_role("heading", name="付好了")).to_be_visible()
    till.post.settle()
    assert {answer for letter in till.post.letters for answer in letter.answers} == {(200, b"ok")}
    assert Order.objects.get().state == Order.State.PAID

    page.get_by_text("申请退款").click()
    page.get_by_role("button", name="确认退款").click()
    expect(page.get_by_role("heading", name="已全额退款")).to_be_visible()
    till.post.settle()
    assert [refund["amount"] for refund in till.books["refunds"].values()] == [19900]
    assert page.trouble == []


@WINDOWS
def test_cats_card_is_declined_she_leaves_and_pays_on_the_same_page_later(one, till, ears, enter, cat, course, window):
    page = enter(ears, cat, f"{one.url}/pay/checkout/course:{course.pk}/", **window)
    first = at_the_till(page, till).url
    page.get_by_role("button", name="用一张会被拒绝的卡").click()
    expect(page.get_by_role("alert")).to_contain_text("被拒绝")
    page.get_by_role("link", name="返回").click()

    page.wait_for_url(ORDER_PAGE)
    expect(page.get_by_role("heading", name="等待付款")).to_be_visible()
    assert at_the_till(page, till).url == first
    page.get_by_role("button", name="支付").click()

    page.wait_for_url(ORDER_PAGE)
    expect(page.get_by_role("heading", name="付好了")).to_be_visible()
    till.post.settle()
    assert Order.objects.get().payments.count() == 1


def test_what_cat_pays_is_hers_though_no_notice_ever_comes(one, till, ears, enter, cat, course):
    till.post.is_cut = True
    page = enter(ears, cat, f"{one.url}/pay/checkout/course:{course.pk}/", **PHONE)
    at_the_till(page, till).get_by_role("button", name="支付").click()
    expect(page.get_by_role("heading", name="付好了")).to_be_visible()


def test_in_wechats_browser_stripe_is_not_offered(one, till, ears, enter, cat, course):
    page = enter(ears, cat, f"{one.url}/pay/checkout/course:{course.pk}/", **{**PHONE, "user_agent": WECHAT})
    expect(page.get_by_text("这个浏览器里没有能用的支付方式")).to_be_visible()
    expect(page.locator("main form")).to_have_count(0)


@WINDOWS
def test_cat_subscribes_is_charged_again_and_stops_in_stripes_portal(one, till, ears, enter, cat, inner_plan, window):
    page = enter(ears, cat, f"{one.url}/pay/checkout/plan:{inner_plan.pk}/", **window)
    page.get_by_label("到期自动续费").check()
    at_the_till(page, till)
    expect(page.get_by_text("自动续费")).to_be_visible()
    page.get_by_role("button", name="支付").click()
    expect(page.get_by_role("heading", name="付好了")).to_be_visible()
    till.post.settle()

    till.advance(32 * 86400)
    till.post.settle()
    assert [order.state for order in Order.objects.all()] == [Order.State.PAID] * 2

    page.goto(f"{one.url}/me/")
    page.get_by_role("button", name="换卡").click()
    page.wait_for_url(f"{till.url}/p/session/*")
    page.get_by_role("button", name="到期后不再续费").click()
    expect(page.get_by_role("button", name="继续续费")).to_be_visible()
    till.post.settle()
    page.get_by_role("link", name="返回").click()

    page.wait_for_url(f"{one.url}/me/")
    expect(page.get_by_role("button", name="接着续")).to_be_visible()
    assert Subscription.objects.get().state == Subscription.State.ENDING
    page.get_by_role("button", name="接着续").click()
    expect(page.get_by_role("button", name="停止续费")).to_be_visible()
    assert next(iter(till.books["subscriptions"].values()))["cancel_at"] is None
    assert page.trouble == []

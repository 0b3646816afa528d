"""cat buys a month by WeChat Pay: on her phone, at her desk with the phone beside it, and inside WeChat."""

import re
import time

import pytest
import segno

from membership.models import Grant
from payments.models import Order, Payment
from payments.simulators.till import opened
from payments.simulators.wechat import WechatTill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
PHONE_AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
WECHAT_AGENT = f"{PHONE_AGENT} MicroMessenger/8.0.50(0x18003237) NetType/WIFI Language/zh_CN"


@pytest.fixture(scope="module")
def wechat():
    with opened(WechatTill()) as till:
        yield till


@pytest.fixture
def checkout(school, wechat, inner_plan):
    """The page where the month is bought, in a school that takes WeChat Pay."""
    one = school.start(PAYMENTS="wechat", **wechat.environment())
    return f"{one.url}/pay/checkout/plan:{inner_plan.pk}/"


def press_pay(page):
    page.locator("main form button.go").click()


def is_bought(cat, plan):
    return Order.objects.get().state == Order.State.PAID and Grant.objects.of(cat).in_force().filter(tier=plan.tier)


def wait_until(page, holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, page.url
        page.wait_for_timeout(50)


def shown_code(page):
    """The shape of the code on the page."""
    return re.search(r'<path[^>]* d="([^"]+)"', page.locator(".code svg").evaluate("svg => svg.outerHTML"))[1]


def drawn(content):
    return re.search(r'<path[^>]* d="([^"]+)"', segno.make(content, error="m").svg_inline(scale=6, border=2))[1]


def way_in(wechat):
    """What the latest code says."""
    *_, trade = (trade for trade in wechat.books["trades"].values() if trade["trade_type"] == "NATIVE")
    return f"{wechat.url}/scan/{trade['token']}"


def test_cat_pays_in_her_phones_browser(checkout, wechat, ears, enter, cat, inner_plan):
    page = enter(ears, cat, checkout, **PHONE, user_agent=PHONE_AGENT)
    press_pay(page)
    page.wait_for_url(f"{wechat.url}/h5**")
    page.locator("button[value=decline]").click()
    page.wait_for_url("**/pay/orders/**")
    assert Order.objects.get().state == Order.State.PENDING
    page.locator("main form button[value=pay]").click()
    page.wait_for_url(f"{wechat.url}/h5**")
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/pay/orders/**")
    page.get_by_role("heading", name="付好了").wait_for()
    assert is_bought(cat, inner_plan)
    assert page.trouble == []


def test_cat_scans_the_code_on_her_desk_and_the_page_goes_on_by_itself(checkout, wechat, ears, enter, cat, inner_plan):
    desk = enter(ears, cat, checkout)
    press_pay(desk)
    desk.wait_for_url("**/till/")
    assert shown_code(desk) == drawn(way_in(wechat))
    phone = enter(ears, None, way_in(wechat), **PHONE, user_agent=WECHAT_AGENT)
    phone.locator("button[value=pay]").click()
    phone.get_by_text("支付成功").wait_for()
    desk.get_by_role("heading", name="付好了").wait_for()
    assert is_bought(cat, inner_plan)
    assert desk.trouble == []


def test_cat_pays_on_the_sheet_inside_wechat(checkout, wechat, ears, enter, cat, inner_plan):
    page = enter(ears, cat, checkout, **PHONE, user_agent=WECHAT_AGENT)
    said = []
    page.expose_function("payAtTill", lambda params: said.append(wechat.bridge(params, pays=bool(said))) or said[-1])
    page.add_init_script(wechat.bridge_script())
    press_pay(page)
    page.wait_for_url("**/till/**")  # by way of WeChat, which says who she is
    wait_until(page, lambda: said == ["cancel"])
    assert Order.objects.get().state == Order.State.PENDING
    page.locator("#pay").click()
    page.get_by_role("heading", name="付好了").wait_for()
    assert said == ["cancel", "ok"]
    assert is_bought(cat, inner_plan)
    assert page.trouble == []


def test_cat_begins_at_her_desk_and_goes_on_with_her_phone(checkout, wechat, ears, enter, cat, inner_plan):
    desk = enter(ears, cat, checkout)
    press_pay(desk)
    desk.wait_for_url("**/till/")
    code = way_in(wechat)
    phone = enter(ears, cat, checkout, **PHONE, user_agent=PHONE_AGENT)
    press_pay(phone)
    phone.wait_for_url(f"{wechat.url}/h5**")
    late = enter(ears, None, code, **PHONE)
    late.get_by_text("订单已关闭").wait_for()
    phone.locator("button[value=pay]").click()
    phone.get_by_role("heading", name="付好了").wait_for()
    desk.get_by_role("heading", name="付好了").wait_for()
    assert is_bought(cat, inner_plan)
    assert sorted(Payment.objects.values_list("state", flat=True)) == ["declined", "succeeded"]

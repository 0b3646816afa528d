"""cat buys a course with Alipay, in a phone's browser and at a desk; Alipay is the simulator, everything else is real."""

import pytest
from playwright.sync_api import expect

from payments.models import Order
from payments.simulators.alipay import AlipayTill
from payments.simulators.till import opened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740, "has_touch": True, "is_mobile": True, "user_agent": IPHONE}


@pytest.fixture
def till():
    with opened(AlipayTill()) as till:
        yield till


@pytest.fixture
def one(school, till):
    """The school, which takes Alipay and nothing else."""
    return school.start(PAYMENTS="alipay", **till.environment())


def go_to_the_till(enter, browser, cat, one, course, **window):
    page = enter(browser, cat, f"{one.url}/pay/checkout/course:{course.pk}/", **window)
    page.locator("main form button[type=submit]").first.click()
    return page


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_cat_goes_to_alipay_pays_and_comes_back_to_what_she_bought(one, till, ears, enter, cat, course, window):
    page = go_to_the_till(enter, ears, cat, one, course, **window)
    page.wait_for_url(f"{till.url}/cashier/**")
    expect(page.get_by_text(course.title)).to_be_visible()
    expect(page.get_by_text("¥199.00")).to_be_visible()
    page.get_by_role("button", name="付款", exact=True).click()
    page.wait_for_url(f"{one.url}/pay/orders/**")
    expect(page.get_by_role("heading", name="付好了")).to_be_visible()
    till.post.settle()
    assert Order.objects.get().state == Order.State.PAID
    assert till.post.letters[0].answers == [(200, b"success")]
    assert (till.desk.trades()[0]["way"] == "wap") is (window is PHONE)
    assert page.trouble == []


def test_cat_comes_back_from_her_phone_without_having_paid_and_tries_again(one, till, ears, enter, cat, course):
    page = go_to_the_till(enter, ears, cat, one, course, **PHONE)
    page.get_by_role("button", name="余额不足").click()
    expect(page.get_by_role("alert")).to_contain_text("余额不足")
    page.get_by_role("button", name="返回商户").click()
    page.wait_for_url(f"{one.url}/pay/orders/**")
    assert Order.objects.get().state == Order.State.PENDING
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("button", name="付款", exact=True).click()
    page.wait_for_url(f"{one.url}/pay/orders/**")
    till.post.settle()
    assert Order.objects.get().state == Order.State.PAID
    assert len(till.desk.trades()) == 1


def test_cat_scans_at_her_desk_and_the_page_goes_on_by_itself(school, till, ears, enter, cat, course):
    one = school.start(PAYMENTS="alipay", ALIPAY_DESKTOP="qr", **till.environment())
    page = go_to_the_till(enter, ears, cat, one, course, **DESK)
    page.wait_for_url("**/till/")
    expect(page.get_by_role("img", name="支付宝的付款码")).to_be_visible()
    (trade,) = till.desk.trades()
    phone = ears.new_page(user_agent=IPHONE)  # with which she scans the code
    phone.goto(f"{till.url}/qr/{trade['token']}")
    phone.get_by_role("button", name="付款", exact=True).click()
    expect(phone.get_by_text("付款成功")).to_be_visible()
    phone.close()
    page.wait_for_url(f"{one.url}{Order.objects.get().get_absolute_url()}")
    assert Order.objects.get().state == Order.State.PAID
    assert page.trouble == []

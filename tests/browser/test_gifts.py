"""A gift from the shop to the friend's phone, on pages that need no script and fit a narrow screen."""

import re

import pytest
from playwright.sync_api import expect

from membership.models import Code, Grant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [320, 390])
def test_ben_gives_cat_a_month_and_she_redeems_it_on_her_phone_without_a_script(
    school, ears, enter, ben, cat, inner_plan, width
):
    site = school.start().url
    phone = {"width": width, "height": 740, "java_script_enabled": False}
    page = enter(ears, ben, f"{site}/membership/?period=month&tier=inner", **phone)
    page.get_by_role("link", name=re.compile("送给朋友")).click()
    expect(page.get_by_role("main")).to_contain_text("一年内有效")
    page.get_by_role("button", name="付 ¥68").click()
    page.get_by_role("button", name="假装付款成功").click()
    code = Code.objects.get()
    expect(page.get_by_role("main")).to_contain_text(f"?code={code.shown}")
    assert fits(page)

    hers = enter(ears, cat, f"{site}/membership/redeem/?code={code.shown}", **phone)
    expect(hers.get_by_role("main")).to_contain_text("内院 · 按月")
    assert fits(hers)
    hers.get_by_role("button", name="确认兑换").click()
    expect(hers.get_by_role("main")).to_contain_text("开好了")
    assert fits(hers)
    assert Grant.objects.of(cat).in_force().get().tier == inner_plan.tier

    page.reload()
    expect(page.get_by_role("main")).to_contain_text("对方在")
    hers.goto(f"{site}/membership/redeem/")
    hers.get_by_label("兑换码").fill("0000-0000-0000-0001")
    hers.get_by_role("button", name="看看能打开什么").click()
    expect(hers.get_by_role("alert")).to_contain_text("抄得不对")
    assert fits(hers)


def fits(page):
    """Nothing is wider than the screen. Asked through the browser's own eyes: scripts of the page are off.

    Not before its styles are there: a click comes back when the next page begins, and words can be read before that.
    """
    page.wait_for_load_state()
    session = page.context.new_cdp_session(page)
    size = session.send("Page.getLayoutMetrics")
    return size["cssContentSize"]["width"] <= size["cssLayoutViewport"]["clientWidth"]

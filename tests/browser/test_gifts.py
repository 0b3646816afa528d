"""A gift from the shop to the friend's phone, on pages that need no script and fit a narrow screen."""

import re

import pytest

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
    assert "一年内有效" in page.inner_text("main")
    page.get_by_role("button", name="付 ¥68").click()
    page.get_by_role("button", name="假装付款成功").click()
    code = Code.objects.get()
    assert f"?code={code.shown}" in page.inner_text("main")
    assert fits(page)

    hers = enter(ears, cat, f"{site}/membership/redeem/?code={code.shown}", **phone)
    assert "内院 · 按月" in hers.inner_text("main")
    assert fits(hers)
    hers.get_by_role("button", name="确认兑换").click()
    assert "开好了" in hers.inner_text("main")
    assert fits(hers)
    assert Grant.objects.of(cat).in_force().get().tier == inner_plan.tier

    page.reload()
    assert "对方在" in page.inner_text("main")
    hers.goto(f"{site}/membership/redeem/")
    hers.get_by_label("兑换码").fill("0000-0000-0000-0001")
    hers.get_by_role("button", name="看看能打开什么").click()
    assert "抄得不对" in hers.get_by_role("alert").inner_text()
    assert fits(hers)


def fits(page):
    """Nothing is wider than the screen. Asked through the browser's own eyes: scripts of the page are off."""
    session = page.context.new_cdp_session(page)
    size = session.send("Page.getLayoutMetrics")
    return size["cssContentSize"]["width"] <= size["cssLayoutViewport"]["clientWidth"]

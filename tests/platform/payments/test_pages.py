"""What a buyer sees, from the price to the receipt."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone
from tills import charge, decline, pay

from payments.errors import ProviderUnreachable
from payments.models import Order, SandboxCharge
from payments.providers.sandbox import Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
CHECKOUT = "/pay/checkout/tea:1/"
COURSE = "course:99999"


def text(response):
    return response.content.decode()


def test_the_checkout_says_what_it_costs_and_how_long_it_can_be_given_back(login, cat, tea):
    page = text(login(cat).get(CHECKOUT))
    for said in ("一盏茶", "¥78", "-¥10", "付 ¥68", "7 天内可以自己退款", "不会自动扣款", "不收真钱"):
        assert said in page
    assert page.count('class="btn go') == 1
    assert not Order.objects.exists()


@pytest.mark.parametrize(("ways", "choices"), [(["sandbox"], 0), (["sandbox", "alipay"], 2)])
def test_cat_may_let_it_renew_by_the_way_that_can_and_has_to_say_so(
    login, cat, tea, monkeypatch, settings, ways, choices
):
    settings.PAYMENTS = ways
    monkeypatch.setattr(Sandbox, "renews", True)
    assert 'name="renews"' not in text(login(cat).get(CHECKOUT))  # nobody drinks this tea every month
    month = replace(tea.quote(person=cat, ref="1"), every="month")
    monkeypatch.setattr(tea, "quote", lambda **asked: month)
    page = text(login(cat).get(CHECKOUT))
    assert page.count('type="radio"') == choices
    assert (
        page.count('<input type="checkbox" name="renews" value="yes">') == page.count("到期自动续费，随时可以停") == 1
    )
    assert page.index('value="sandbox"') < page.index('name="renews"')


def test_a_visitor_signs_in_first_and_comes_back_to_the_same_checkout(client, tea, db):
    there = f"{CHECKOUT}?next=/live/3/"
    response = client.get(there)
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={quote(there)}"
    assert client.post(CHECKOUT).status_code == 302
    assert not Order.objects.exists()


@pytest.mark.parametrize("goods", ["moon:1", "tea:", "tea", "plan:99999", "plan:x", COURSE])
def test_what_is_not_sold_is_refused_with_a_sentence(login, cat, tea, goods):
    response = login(cat).get(f"/pay/checkout/{goods}/")
    assert response.status_code == 404
    assert "现在不能买" in text(response)
    assert login(cat).post(f"/pay/checkout/{goods}/").status_code == 404


def test_a_school_that_takes_no_payments_says_so_and_does_not_blame_the_browser(login, cat, tea, settings):
    settings.PAYMENTS = []
    page = text(login(cat).get(CHECKOUT))
    assert "书院还没有开通收款" in page
    assert "这个浏览器里没有能用的支付方式" not in page
    assert 'class="btn go' not in page
    assert login(cat).post(CHECKOUT).status_code == 404
    assert not Order.objects.exists()


def test_from_checkout_over_the_cashier_to_the_lesson(login, cat, tea):
    browser = login(cat)
    to_cashier = browser.post(CHECKOUT, {"next": "/live/3/"})
    order = Order.objects.get()
    cashier = text(browser.get(to_cashier["Location"]))
    assert "测试收银台 · 不收真钱" in cashier
    back = browser.post(to_cashier["Location"], {"do": "pay"})
    assert back["Location"] == f"http://testserver/pay/orders/{order.number}/"
    page = text(browser.get(back["Location"]))
    assert "付好了" in page
    assert 'href="/live/3/"' in page
    assert tea.had == {order.number}
    assert "这笔已经付过" in text(browser.get(to_cashier["Location"]))


def test_the_buyer_is_back_before_the_notice(login, cat, tea, line):
    line.is_cut = True
    browser = login(cat)
    till = browser.post(CHECKOUT)["Location"]
    back = browser.post(till, {"do": "pay"})["Location"]
    assert "付好了" in text(browser.get(back))
    assert tea.deliveries == 1


def test_declined_cancelled_then_paid(login, cat, tea):
    browser = login(cat)
    till = browser.post(CHECKOUT)["Location"]
    page = browser.post(till, {"do": "decline"}, follow=True)
    assert "没有付成" in text(page)
    assert "测试银行拒绝了这笔付款" in text(page)
    order = f"/pay/orders/{Order.objects.get().number}/"
    again = browser.post(order, {"do": "pay"})["Location"]
    assert again != till
    assert "等待付款" in text(browser.post(again, {"do": "cancel"}, follow=True))
    assert browser.post(order, {"do": "pay"})["Location"] == again
    assert "付好了" in text(browser.post(again, {"do": "pay"}, follow=True))


def test_cat_closes_an_order_and_cannot_pay_it_any_more(login, cat, order):
    page = login(cat).post(order.get_absolute_url(), {"do": "close"}, follow=True)
    assert "订单已关闭" in text(page)
    page = login(cat).post(order.get_absolute_url(), {"do": "pay"}, follow=True)
    assert "不能再付" in text(page)


def test_cat_gives_it_back_by_her_own_button(login, cat, paid, tea):
    url = paid.get_absolute_url()
    assert "确认退款" in text(login(cat).get(url))
    page = text(login(cat).post(url, {"do": "refund"}, follow=True))
    assert "已全额退款" in page
    assert "确认退款" not in page
    assert not tea.had
    assert "没有可退的款" in text(login(cat).post(url, {"do": "refund"}, follow=True))


def test_after_the_window_there_is_no_button_and_no_way_around(login, cat, paid, tea):
    Order.objects.update(paid_at=timezone.now() - timedelta(days=8))
    page = text(login(cat).get(paid.get_absolute_url()))
    assert "确认退款" not in page
    assert "期限已过" in page
    page = text(login(cat).post(paid.get_absolute_url(), {"do": "refund"}, follow=True))
    assert "已经过了可以自己退款的期限" in page
    assert tea.had == {paid.number}


def test_a_provider_that_is_away_is_said_so(login, cat, order, monkeypatch):
    def away(self, *, payment):
        raise ProviderUnreachable

    charge(order)
    monkeypatch.setattr(Sandbox, "look_up", away)
    assert "支付方暂时没有回应" in text(login(cat).get(order.get_absolute_url()))


@pytest.mark.parametrize("wish", [None, "pay", "close", "refund"])
def test_someone_elses_order_does_not_exist(login, ben, paid, wish):
    browser = login(ben)
    answer = browser.post(paid.get_absolute_url(), {"do": wish}) if wish else browser.get(paid.get_absolute_url())
    assert answer.status_code == 404
    paid.refresh_from_db()
    assert paid.state == Order.State.PAID


def test_a_visitor_sees_no_order(client, paid):
    for url in (paid.get_absolute_url(), "/pay/orders/"):
        assert client.get(url)["Location"].startswith("/accounts/login/?next=/pay/orders/")


def test_the_list_shows_only_ones_own(login, cat, ben, paid):
    assert "一盏茶" in text(login(cat).get("/pay/orders/"))
    page = text(login(ben).get("/pay/orders/"))
    assert "一盏茶" not in page
    assert "还没有订单" in page


def test_nobody_is_led_out_of_the_school(login, cat, tea):
    assert '"https://evil.example/"' not in text(login(cat).get(f"{CHECKOUT}?next=https://evil.example/"))
    login(cat).post(CHECKOUT, {"next": "//evil.example/"})
    assert Order.objects.get().return_to == ""


def test_the_cashier_stays_shut_where_the_sandbox_is_not_taken(client, order, settings):
    reference = charge(order).reference
    settings.PAYMENTS = ["stripe"]
    assert client.post(f"/pay/sandbox/{reference}/", {"do": "pay"}).status_code == 404
    assert SandboxCharge.objects.get().state == "open"


def test_every_state_has_a_page(login, cat, order, tea):
    decline(order)
    pay(order)
    for state in Order.State:
        Order.objects.update(state=state)
        assert login(cat).get(order.get_absolute_url()).status_code == 200

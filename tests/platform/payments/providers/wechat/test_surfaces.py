"""From one surface to another: WeChat ties an order number to the way it was opened in."""

import pytest
from at_wechat import DESKTOP, PHONE, is_paid, pay, start
from one_step import fetch

from payments import services
from payments.errors import NotPayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_cat_begins_at_her_desk_and_pays_on_her_phone(order, tea, till):
    code, first = start(order)
    page, second = start(order, PHONE)
    assert first.reference != second.reference
    assert "已关闭" in fetch(code.content)[2]
    assert till.pay(first.reference) is None
    fetch(page.url, b"do=pay", Referer=page.url)
    till.mail.arrives()
    assert is_paid(order, tea)
    assert list(order.payments.order_by("pk").values_list("state", flat=True)) == ["declined", "succeeded"]


def test_whoever_has_paid_at_the_desk_cannot_pay_again_on_the_phone(order, tea, till):
    pay(order, till)
    till.mail.lost()
    with pytest.raises(NotPayable):
        services.start_payment(order=order, visit=PHONE)
    services.refresh(order=order)
    assert is_paid(order, tea)


def test_whoever_has_paid_and_presses_again_is_not_sent_to_pay(order, till):
    pay(order, till)
    till.mail.lost()
    with pytest.raises(NotPayable):
        services.start_payment(order=order, visit=DESKTOP)


def test_money_for_an_attempt_given_up_is_still_believed(order, tea, till):
    _code, first = start(order)
    start(order, PHONE)
    till.books["trades"][first.reference]["is_closed"] = False  # paid in the same moment
    till.pay(first.reference)
    assert till.mail.arrives() == [200]
    assert is_paid(order, tea)

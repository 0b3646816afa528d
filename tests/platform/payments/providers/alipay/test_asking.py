"""What Alipay knows when it is asked, and what can be closed there."""

import pytest
from at_alipay import begin, cashier, configured, lost_notice, press

from payments import providers, services
from payments.errors import NotClosable, ProviderRefused
from payments.models import Order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_nothing_is_known_of_a_trade_that_no_buyer_has_begun(order, alipay):
    cashier(order)
    assert alipay.look_up(payment=order.payments.get()) == []
    alipay.close(payment=order.payments.get())


def test_a_closed_attempt_cannot_be_paid(order, till, tea):
    address = cashier(order)
    press(address, "decline")
    services.close_order(order=order)
    assert "交易已经关闭" in press(address, "pay").text
    till.post.settle()
    order.refresh_from_db()
    assert order.state == Order.State.CLOSED
    assert not tea.had
    providers.provider("alipay").close(payment=order.payments.get())  # again


def test_what_was_paid_in_the_last_moment_is_not_closed(order, till, tea, line, alipay):
    lost_notice(order, till, line)
    with pytest.raises(NotClosable):
        alipay.close(payment=order.payments.get())
    with pytest.raises(NotClosable):
        services.close_order(order=order)
    assert tea.had == {order.number}


def test_a_code_nobody_may_get_is_refused_with_alipays_words(order, till, settings):
    settings.ALIPAY = configured(till, desktop="qr")
    till.refuse_next("ACQ.TOTAL_FEE_EXCEED", "订单总金额不在允许范围内")
    with pytest.raises(ProviderRefused, match="订单总金额不在允许范围内"):
        begin(order)

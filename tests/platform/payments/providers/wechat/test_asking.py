"""Notices lost, late and again; what WeChat knows when it is asked, and what can be closed there."""

import uuid

import pytest
from at_wechat import by_both_keys, is_paid, pay, post, start
from one_step import fetch
from tills import nothing_happened

from payments import services
from payments.errors import NotClosable
from payments.models import Payment, WebhookEvent
from payments.providers.wechat import WechatPay

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@by_both_keys
def test_a_lost_notice_is_found_by_asking_and_is_the_same_fact_when_it_comes(order, tea, till):
    payment = pay(order, till)
    letter = till.mail.lost()
    services.refresh(order=order)
    assert is_paid(order, tea)
    assert post(*letter).status_code == 200
    assert [event.event_id for event in WebhookEvent.objects.all()] == [f"paid:{payment.reference}"]
    assert tea.deliveries == 1
    payment.refresh_from_db()
    assert payment.provider_reference == till.books["trades"][payment.reference]["transaction_id"]


def test_when_the_school_stumbles_the_next_attempt_delivers(order, tea, till):
    pay(order, till)
    write = till.mail.letters.pop()
    tea.crashes = 1
    assert post(*write()).status_code == 500
    assert nothing_happened(order, tea)
    assert post(*write()).status_code == 200
    assert is_paid(order, tea)


def test_an_order_nobody_took_to_wechat_is_unknown_there(order, till):
    payment = Payment.objects.create(
        order=order, provider="wechat", reference=uuid.uuid4().hex, amount=6800, currency="CNY"
    )
    assert WechatPay().look_up(payment=payment) == []
    WechatPay().close(payment=payment)


def test_a_closed_order_cannot_be_paid_any_more(order, till):
    step, payment = start(order)
    services.close_order(order=order)
    assert till.pay(payment.reference) is None
    assert "已关闭" in fetch(step.content)[2]


def test_a_paid_order_is_not_closed(order, tea, till):
    payment = pay(order, till)
    till.mail.lost()
    with pytest.raises(NotClosable):
        WechatPay().close(payment=payment)
    with pytest.raises(NotClosable):
        services.close_order(order=order)
    assert is_paid(order, tea)

"""Money that goes back, at once, later or not at all."""

import uuid

import pytest
from at_wechat import by_both_keys, give_back, is_paid, post

from payments import services
from payments.errors import ProviderRefused
from payments.models import Order, Refund, Transaction, WebhookEvent
from payments.providers.wechat import WechatPay
from payments.simulators.till import Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@by_both_keys
def test_money_goes_back_and_the_notice_says_when(paid, tea, till):
    refund = give_back(paid)
    refund.refresh_from_db()
    assert refund.state == Refund.State.PENDING
    assert till.mail.arrives() == [200]
    refund.refresh_from_db()
    paid.refresh_from_db()
    assert (refund.state, paid.state, tea.had) == (Refund.State.SUCCEEDED, Order.State.REFUNDED, set())
    assert till.refunds.given_back(refund.payment.reference) == 6800


def test_money_that_is_back_at_once_needs_no_notice(paid, tea, till):
    till.refunds_at_once = True
    refund = give_back(paid)
    refund.refresh_from_db()
    assert refund.state == Refund.State.SUCCEEDED
    assert till.mail.arrives() == [200]
    assert WebhookEvent.objects.filter(event_id=f"refunded:{refund.reference}").count() == 1
    assert Transaction.objects.count() == 2


def test_a_refund_whose_notice_is_lost_is_found_by_asking(paid, till):
    refund = give_back(paid, 1800)
    letter = till.mail.lost()
    services.refresh(order=paid)
    assert post(*letter).status_code == 200
    refund.refresh_from_db()
    assert (refund.state, paid.state) == (Refund.State.SUCCEEDED, Order.State.PART_REFUNDED)
    assert WebhookEvent.objects.count() == 2


def test_asking_twice_for_the_same_refund_gives_back_once(paid, till):
    till.refund_ends = None
    refund = give_back(paid)
    services.send_refund(refund=refund)
    assert till.refunds.given_back(refund.payment.reference) == 6800
    till.end_refund(refund.reference)
    till.mail.arrives()
    refund.refresh_from_db()
    assert refund.state == Refund.State.SUCCEEDED


@pytest.mark.parametrize("ending", ["ABNORMAL", "CLOSED"])
def test_a_refund_that_fails_leaves_the_order_paid(paid, tea, till, ending):
    till.refund_ends = ending
    refund = give_back(paid)
    assert till.mail.arrives() == [200]
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert "微信" in refund.reason
    assert is_paid(paid, tea)


def test_an_abnormal_refund_that_is_mended_at_wechats_desk_counts_after_all(paid, tea, till):
    till.refund_ends = "ABNORMAL"
    refund = give_back(paid)
    till.mail.arrives()
    till.end_refund(refund.reference, "SUCCESS")
    assert till.mail.arrives() == [200]
    refund.refresh_from_db()
    assert (refund.state, tea.had) == (Refund.State.SUCCEEDED, set())


def test_a_refund_that_wechat_refuses_fails_with_its_words(paid, tea, till):
    till.fail_next(Reply('{"code":"NOT_ENOUGH","message":"基本账户余额不足，请充值后重新发起"}', 403))
    refund = give_back(paid)
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert "余额不足" in refund.reason
    assert is_paid(paid, tea)


def test_a_refund_that_wechat_did_not_hear_of_is_asked_for_again(paid, till):
    till.fail_next(Reply(status=503))
    refund = give_back(paid)
    assert till.refunds.given_back(refund.payment.reference) == 0
    services.send_refund(refund=refund)
    till.mail.arrives()
    refund.refresh_from_db()
    assert refund.state == Refund.State.SUCCEEDED


def test_a_refund_for_more_than_was_paid_is_refused(paid, till):
    payment = paid.payments.get()
    payment.amount = 9900
    refund = Refund(payment=payment, reference=uuid.uuid4().hex, amount=9900)
    with pytest.raises(ProviderRefused, match="不一致"):
        WechatPay().refund(refund=refund)


def test_a_refund_notice_for_another_merchant_is_refused(paid, tea, till):
    refund = give_back(paid)
    till.mail.lost()
    told = till.refunds.notice(till.books["refunds"][refund.reference]) | {"mchid": "1900000002"}
    assert post(*till.written("REFUND.SUCCESS", "退款成功", told, about="refund")()).status_code == 400
    assert is_paid(paid, tea)

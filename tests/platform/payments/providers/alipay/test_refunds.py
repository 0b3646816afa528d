"""Money that goes back: asked for here, at Alipay's desk, or because it came too late."""

import pytest
import requests
from at_alipay import cashier, number_of, press, said_in

from payments import services
from payments.errors import ProviderRefused, ProviderUnreachable
from payments.models import Entry, Order, Refund, WebhookEvent
from payments.providers.alipay import written
from payments.providers.base import Kind
from payments.simulators.till import Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_all_goes_back_at_once_and_is_told_once(paid, till, tea):
    services.refund(order=paid, reason="不合口味")
    paid.refresh_from_db()
    assert paid.state == Order.State.REFUNDED
    assert not tea.had
    till.post.settle()
    assert sorted(WebhookEvent.objects.values_list("kind", "outcome")) == [
        ("paid", "delivered"),
        ("refunded", "refunded"),
    ]
    assert till.desk.by_number(number_of(paid))["refunds"][Refund.objects.get().reference]["reason"] == "不合口味"
    assert sum(Entry.objects.filter(account="provider:alipay").values_list("amount", flat=True)) == 0


def test_a_part_goes_back_then_another_and_each_notice_says_the_sum(paid, till, tea, line):
    services.refund(order=paid, amount=2000)
    services.refund(order=paid, amount=4799)
    till.post.settle()
    paid.refresh_from_db()
    assert paid.state == Order.State.PART_REFUNDED
    assert tea.had == {paid.number}
    assert [said_in(body).get("refund_fee") for body in line.sent] == [None, "20.00", "67.99"]
    assert set(line.heard) == {(200, b"success")}
    assert list(Refund.objects.values_list("state", "amount").order_by("pk")) == [
        ("succeeded", 2000),
        ("succeeded", 4799),
    ]


def test_the_notice_of_a_refund_alone_is_enough(paid, till, line, alipay):
    refund = pending_refund(paid, 2000)
    alipay.refund(refund=refund)  # the answer is lost
    till.post.settle()
    refund.refresh_from_db()
    assert (refund.state, refund.amount) == (Refund.State.SUCCEEDED, 2000)
    assert refund.done_at == written.moment(said_in(line.sent[-1])["gmt_refund"])
    assert not any("refund.query" in ask.target for ask in till.asked)  # we know what we had asked for


def pending_refund(order, amount, reference="5e" * 16):
    return Refund.objects.create(payment=order.payments.get(), amount=amount, reference=reference)


def test_a_refund_asked_for_again_gives_back_once_and_says_the_same(paid, till, alipay):
    refund = pending_refund(paid, 2000)
    first, second = alipay.refund(refund=refund), alipay.refund(refund=refund)
    assert [one.event_id for one in first] == [one.event_id for one in second] == [f"refunded:{refund.reference}"]
    assert [one.amount for one in first + second] == [2000, 2000]
    assert till.methods.query({"out_trade_no": number_of(paid)}, {})["trade_status"] == "TRADE_SUCCESS"
    assert len(till.desk.by_number(number_of(paid))["refunds"]) == 1


def test_a_refund_that_is_taken_but_not_done_is_not_told_as_done(paid, till, alipay, monkeypatch):
    monkeypatch.setitem(till.methods.known, "alipay.trade.refund", lambda wish, said: {"fund_change": "N"})
    with pytest.raises(ProviderUnreachable):
        alipay.refund(refund=pending_refund(paid, 2000))


def test_a_lost_refund_is_found_by_asking_and_is_the_same_fact(paid, till, line, alipay):
    line.is_cut = True
    refund = pending_refund(paid, 2000)
    told_at_once = alipay.refund(refund=refund)
    found = alipay.look_up(payment=paid.payments.get())
    assert [one.kind for one in found] == [Kind.PAID, Kind.REFUNDED]
    assert found[1].event_id == told_at_once[0].event_id
    assert (found[1].amount, found[1].at) == (told_at_once[0].amount, told_at_once[0].at)
    services.refresh(order=paid)
    assert paid.state == Order.State.PART_REFUNDED


def test_a_refund_alipay_forbids_fails_with_its_words(paid, till):
    till.refuse_next("ACQ.SELLER_BALANCE_NOT_ENOUGH", "商户的可用余额不足")
    services.refund(order=paid)
    refund = Refund.objects.get()
    assert refund.state == Refund.State.FAILED
    assert "余额不足" in refund.reason
    paid.refresh_from_db()
    assert paid.state == Order.State.PAID


def test_more_than_came_is_refused(paid, alipay):
    with pytest.raises(ProviderRefused, match="退款金额超限"):
        alipay.refund(refund=pending_refund(paid, 6801))


def test_a_no_to_a_refund_that_was_made_all_the_same_is_not_believed(paid, till, alipay):
    refund = pending_refund(paid, 6800)
    alipay.refund(refund=refund)
    till.refuse_next("ACQ.TRADE_HAS_CLOSE", "交易已关闭")
    assert [one.amount for one in alipay.refund(refund=refund)] == [6800]


@pytest.mark.parametrize("amount", [6800, 2000])
def test_a_refund_made_at_alipays_desk_is_heard(paid, till, tea, amount):
    till.give_back(number_of(paid), amount)
    till.post.settle()
    paid.refresh_from_db()
    assert paid.state == (Order.State.REFUNDED if amount == 6800 else Order.State.PART_REFUNDED)
    assert Refund.objects.get().amount == amount


def test_refunds_made_at_the_desk_after_ours_are_each_their_own_sum(paid, till, line):
    services.refund(order=paid, amount=2000)
    till.give_back(number_of(paid), 1000, number="by-hand-1")
    till.give_back(number_of(paid), 500, number="by-hand-2")
    till.post.settle()
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [500, 1000, 2000]
    assert set(line.heard) == {(200, b"success")}


def test_a_lost_refund_from_the_desk_is_found_by_asking_and_is_the_same_fact(paid, till, line):
    line.is_cut = True
    till.give_back(number_of(paid), 6800)
    till.post.settle()
    services.refresh(order=paid)
    assert paid.state == Order.State.REFUNDED
    line.is_cut = False
    assert till.post.again(till.post.letters[-1]) == (200, b"success")
    assert Refund.objects.count() == 1
    assert WebhookEvent.objects.count() == 2


def test_a_refund_from_the_desk_comes_again_when_alipay_cannot_be_asked_about_it(paid, till, line):
    till.fail_next(Reply("busy", status=502))
    till.give_back(number_of(paid), 1000, number="by-hand-1")
    till.post.settle()
    assert line.heard[-1][0] == 503
    assert not Refund.objects.exists()
    assert till.post.again(till.post.letters[-1]) == (200, b"success")
    assert Refund.objects.get().amount == 1000


def test_money_for_an_order_that_was_given_up_goes_back_by_itself(order, till, tea, do_tasks):
    address = cashier(order)
    services.close_order(order=order)
    assert "付款成功" not in requests.get(address, timeout=5).text
    press(address, "pay")  # nobody had begun at Alipay, so there was nothing to close there
    till.post.settle()
    do_tasks()
    order.refresh_from_db()
    assert order.state == Order.State.CLOSED
    assert not tea.had
    assert till.desk.by_number(number_of(order))["status"] == "TRADE_CLOSED"
    assert order.payments.get().refunded == 6800

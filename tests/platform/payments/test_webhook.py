"""What a provider says: believed only when it is genuine, and then only once."""

import json
import time

import pytest
from django.test import Client
from racing import at_once
from tills import charge, decline, nothing_happened, notify, pay

from payments import services
from payments.models import Entry, Order, Payment, SandboxCharge, Transaction, WebhookEvent
from payments.providers.sandbox import desk, signature

pytestmark = pytest.mark.django_db(transaction=True)


def lost_notice(order, line):
    """cat pays, but the notice does not arrive; it is returned."""
    line.is_cut = True
    desk.settle(charge=charge(order), pay=True)
    line.is_cut = False
    return line.sent[-1]


def test_cat_pays_and_has_her_tea(order, tea):
    pay(order)
    assert order.state == Order.State.PAID
    assert tea.had == {order.number}
    assert order.payments.get().state == Payment.State.SUCCEEDED
    assert dict(Entry.objects.values_list("account", "amount")) == {"provider:sandbox": 6800, "sales:tea": -6800}


def test_the_same_notice_fifty_times_delivers_once(order, tea, line):
    body = lost_notice(order, line)
    assert [notify(body).status_code for _ in range(50)] == [200] * 50
    assert tea.deliveries == Transaction.objects.count() == WebhookEvent.objects.count() == 1


def test_twenty_notices_at_once_deliver_once(order, tea, line):
    body, answers = lost_notice(order, line), []

    assert at_once(*[lambda: answers.append(notify(body).status_code)] * 20) == []
    assert answers == [200] * 20
    assert tea.deliveries == Transaction.objects.count() == WebhookEvent.objects.count() == 1


@pytest.mark.parametrize("header", ["", "t=,v1=", "t=1", "v1=00", "t=now,v1=" + "0" * 64, "t=²,v1=é"])
def test_a_forged_notice_is_refused(order, tea, line, header):
    header = header.replace("now", str(int(time.time())))
    refused = notify(lost_notice(order, line), header=header)
    assert refused.status_code == 400
    assert "签名" in refused.content.decode()
    assert nothing_happened(order, tea)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_stale_notice_is_refused_though_its_signature_is_right(order, tea, line, seconds):
    refused = notify(lost_notice(order, line), at=int(time.time()) + seconds)
    assert refused.status_code == 400
    assert "时间" in refused.content.decode()
    assert nothing_happened(order, tea)


def test_a_tampered_notice_is_refused(order, tea, line):
    body = lost_notice(order, line)
    refused = notify(body.replace(b"6800", b"68"), header=signature.sign(body))
    assert refused.status_code == 400
    assert nothing_happened(order, tea)


@pytest.mark.parametrize(
    "wrong", [{"amount": 1}, {"amount": 6801}, {"amount": -6800}, {"currency": "USD"}, {"reference": "nobody's"}]
)
def test_a_genuine_notice_that_does_not_fit_the_order_is_refused(order, tea, line, wrong):
    refused = notify({**json.loads(lost_notice(order, line)), **wrong})
    assert refused.status_code == 400
    assert nothing_happened(order, tea)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b'{"id": 1, "kind": "gift"}', b"\xff"])
def test_a_signed_notice_that_makes_no_sense_is_refused(order, tea, body):
    assert notify(body).status_code == 400
    assert nothing_happened(order, tea)


def test_an_unknown_provider_has_no_door(order):
    assert Client().post("/pay/webhook/barter/", b"{}", content_type="application/json").status_code == 404
    assert Client().get("/pay/webhook/sandbox/").status_code == 405


def test_declined_first_then_paid(order, tea):
    decline(order)
    assert order.is_pending
    assert not tea.had
    pay(order)
    assert tea.had == {order.number}
    assert [one.state for one in order.payments.order_by("pk")] == ["declined", "succeeded"]


def test_a_decline_that_comes_after_the_money_changes_nothing(paid, tea):
    paid_payment = paid.payments.get()
    said = {"id": "evt_late", "kind": "declined", "reference": paid_payment.reference}
    assert notify({**said, "amount": 6800, "currency": "CNY"}).status_code == 200
    paid.refresh_from_db()
    assert paid.state == Order.State.PAID
    assert tea.had == {paid.number}


def test_a_crash_while_delivering_leaves_nothing_half_done_and_a_retry_converges(order, tea, line):
    tea.crashes = 1
    desk.settle(charge=charge(order), pay=True)
    assert nothing_happened(order, tea)
    assert notify(line.sent[-1]).status_code == 200
    order.refresh_from_db()
    assert order.state == Order.State.PAID
    assert tea.deliveries == Transaction.objects.count() == 1


def test_money_for_a_closed_order_goes_back_by_itself(order, tea, do_tasks, monkeypatch, mailoutbox):
    bill = charge(order)
    monkeypatch.setattr(desk, "close", lambda **asked: None)  # cat is typing her code while it is closed
    services.close_order(order=order)
    desk.settle(charge=bill, pay=True)
    do_tasks()
    order.refresh_from_db()
    bill.refresh_from_db()
    assert order.state == Order.State.CLOSED
    assert not tea.had
    assert bill.refunded == 6800
    assert sum(Entry.objects.filter(account="owed:buyers").values_list("amount", flat=True)) == 0
    assert order.payments.get().refunded == 6800
    assert [mail.subject for mail in mailoutbox] == ["这笔款退给你：一盏茶", "已退款：一盏茶"]


def test_a_closed_order_cannot_be_paid_at_the_till_any_more(order, tea):
    bill = charge(order)
    services.close_order(order=order)
    desk.settle(charge=bill, pay=True)
    bill.refresh_from_db()
    assert bill.state == SandboxCharge.State.CLOSED
    assert not Entry.objects.exists()


def test_an_order_paid_twice_keeps_one_payment(order, tea, do_tasks):
    first = charge(order)
    order.payments.update(state=Payment.State.DECLINED)  # as if a second attempt had been opened in another tab
    pay(order)
    desk.settle(charge=first, pay=True)
    do_tasks()
    first.refresh_from_db()
    assert first.refunded == 6800
    assert tea.had == {order.number}
    assert SandboxCharge.objects.count() == 2


def test_a_closed_order_that_turns_out_to_be_paid_is_not_closed(order, tea, line):
    lost_notice(order, line)
    with pytest.raises(services.orders.NotClosable):
        services.close_order(order=order)
    assert tea.had == {order.number}


def test_asking_and_being_told_are_the_same(order, tea, line):
    body = lost_notice(order, line)
    services.refresh(order=order)
    assert order.state == Order.State.PAID
    assert notify(body).status_code == 200
    assert tea.deliveries == 1


def test_a_lost_notice_is_posted_again_by_the_worker(order, tea, line, do_tasks, monkeypatch):
    from datetime import timedelta

    from payments.providers.sandbox import post

    monkeypatch.setattr(post, "pause", lambda attempt: timedelta(0))
    lost_notice(order, line)
    do_tasks()
    order.refresh_from_db()
    assert order.state == Order.State.PAID
    assert len(line.sent) == 2

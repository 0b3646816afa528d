"""What Alipay posts: believed only when it is genuine, fresh and fits, and then once."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from at_alipay import cashier, lost_notice, number_of, press, said_in, signed_anew, told
from tills import nothing_happened

from payments import services
from payments.models import Order, Transaction, WebhookEvent
from payments.providers.alipay import written
from payments.simulators.alipay import AlipayTill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_thanks_is_the_word_that_ends_the_posting(paid, till, line):
    assert line.heard == [(200, b"success")]
    till.clock.advance(100_000)
    till.post.settle()
    assert len(line.sent) == 1


def test_the_same_notice_fifty_times_delivers_once(order, till, tea, line):
    body = lost_notice(order, till, line)
    assert {(one.status_code, one.content) for one in (told(body) for _ in range(50))} == {(200, b"success")}
    assert tea.deliveries == Transaction.objects.count() == WebhookEvent.objects.count() == 1


def test_a_notice_that_met_trouble_comes_again_with_a_new_time(order, till, tea, line):
    line.answers += [(500, b""), (200, b"fail")]
    press(cashier(order), "pay")
    till.post.settle()
    assert nothing_happened(order, tea)
    till.clock.advance(240)
    till.post.settle()
    assert nothing_happened(order, tea)
    till.clock.ahead = 0  # its own clock has not run ahead of ours by the ten minutes that we did not wait
    letter = till.post.letters[-1]
    assert till.post.again(letter) == (200, b"success")
    assert tea.deliveries == 1
    assert len({dict(parse_qsl(body.decode()))["notify_id"] for body in line.sent}) == 1


def test_a_lost_notice_is_found_by_asking_and_is_the_same_fact(order, till, tea, line):
    body = lost_notice(order, till, line)
    services.refresh(order=order)
    assert order.state == Order.State.PAID
    known = WebhookEvent.objects.get()
    assert told(body).content == b"success"
    assert WebhookEvent.objects.get() == known
    assert tea.deliveries == 1
    payment = order.payments.get()
    assert payment.provider_reference == said_in(body)["trade_no"]
    assert payment.paid_at == written.moment(said_in(body)["gmt_payment"])


def test_a_trade_that_may_not_be_refunded_any_more_is_still_paid(order, till, tea, line):
    lost_notice(order, till, line)
    till.finish(number_of(order))
    till.post.settle()
    order.refresh_from_db()
    assert order.state == Order.State.PAID
    services.refresh(order=order)
    assert tea.deliveries == WebhookEvent.objects.count() == 1


def test_a_trade_that_ends_unpaid_is_heard_and_changes_nothing(order, till, tea, line):
    cashier(order)
    till.expire(number_of(order))
    till.post.settle()
    assert line.heard == [(200, b"success")]
    assert nothing_happened(order, tea)
    services.refresh(order=order)
    assert nothing_happened(order, tea)


def refused(answer):
    return (answer.status_code, answer.content) == (400, b"fail")


def test_a_notice_signed_by_someone_else_is_refused(order, till, tea, line):
    said = said_in(lost_notice(order, till, line))
    mallory = AlipayTill()
    assert refused(told(mallory.write(said)[1]))
    assert nothing_happened(order, tea)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda body: body.replace(b"total_amount=68.00", b"total_amount=0.01"),
        lambda body: body.replace(b"sign_type=RSA2", b"sign_type=RSA"),
        lambda body: body.replace(b"&sign_type=RSA2", b""),
        lambda body: body.partition(b"&sign=")[0],
        lambda body: body.replace(b"&sign=", b"&sign=AAAA"),
        lambda body: body.partition(b"&sign=")[0] + b"&sign=%C3%A9&sign_type=RSA2",
        lambda body: body + b"&refund_fee=68.00",
        lambda body: b"",
        lambda body: b"\xff\xfe",
        lambda body: b"&".join(b"a%d=1" % n for n in range(101)),
        lambda body: b"{}",
    ],
)
def test_a_tampered_notice_is_refused(order, till, tea, line, tamper):
    body = lost_notice(order, till, line)
    assert tamper(body) != body
    assert refused(told(tamper(body)))
    assert nothing_happened(order, tea)


@pytest.mark.parametrize("seconds", [-302, 302])
def test_a_stale_notice_is_refused_though_its_signature_is_right(order, till, tea, line, seconds):
    at = written.local(datetime.now(UTC) + timedelta(seconds=seconds))
    body = signed_anew(till, lost_notice(order, till, line), notify_time=at)
    assert refused(told(body))
    assert nothing_happened(order, tea)


@pytest.mark.parametrize("seconds", [-290, 290])
def test_a_notice_a_little_late_or_early_is_believed(order, till, tea, line, seconds):
    at = written.local(datetime.now(UTC) + timedelta(seconds=seconds))
    assert told(signed_anew(till, lost_notice(order, till, line), notify_time=at)).content == b"success"
    assert tea.had == {order.number}


@pytest.mark.parametrize(
    "wrong",
    [
        {"app_id": "2021004100000002"},
        {"seller_id": "2088441000000002"},
        {"total_amount": "67.99"},
        {"total_amount": "68.001"},
        {"total_amount": "-68.00"},
        {"total_amount": "lots"},
        {"out_trade_no": "0" * 32},
        {"notify_time": "now"},
        {"gmt_payment": "yesterday"},
        {"refund_fee": "all"},
    ],
)
def test_a_genuine_notice_that_does_not_fit_is_refused(order, till, tea, line, wrong):
    body = signed_anew(till, lost_notice(order, till, line), **wrong)
    assert refused(told(body))
    assert nothing_happened(order, tea)


@pytest.mark.parametrize("name", ["app_id", "seller_id", "trade_status", "out_trade_no", "gmt_payment"])
def test_a_notice_that_leaves_out_what_matters_is_refused(order, till, tea, line, name):
    said = said_in(lost_notice(order, till, line))
    del said[name]
    assert refused(told(till.write(said)[1]))
    assert nothing_happened(order, tea)

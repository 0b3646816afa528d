"""Paying by Alipay: the real client against the simulator over HTTP; what the simulator posts reaches the school."""

import io
import socket
import zipfile
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from django.db import connection
from django.test import Client

from payments import providers, services
from payments.errors import (
    BillNotReady,
    NotClosable,
    ProviderRefused,
    ProviderUnreachable,
)
from payments.models import Entry, Order, Payment, Refund, Transaction, WebhookEvent
from payments.providers.alipay import bill as bills
from payments.providers.alipay import client, keys, setup, written
from payments.providers.base import GoTo, Kind, Scan, Surface, Visit
from payments.simulators import till as tills
from payments.simulators.alipay import AlipayTill
from payments.simulators.till import Books, Reply, opened

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

WEBHOOK = "/pay/webhook/alipay/"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
SECRET_SPOT = "ALIPAY_PRIVATE_KEY"


def visit(surface=Surface.DESKTOP):
    return Visit(surface, "http://testserver/orders/1/", f"http://testserver{WEBHOOK}")


@pytest.fixture(scope="module")
def pairs():
    return AlipayTill().books["keys"]


@pytest.fixture
def till(pairs, settings, line):
    books = Books()
    books["keys"].update(pairs)
    with opened(AlipayTill(books)) as till:
        settings.PAYMENTS = ["alipay"]
        settings.ALIPAY = configured(till)
        yield till


def configured(till, **more):
    said = {name.removeprefix("ALIPAY_").lower(): value for name, value in till.environment().items()}
    return {**said, "desktop": "page", **more}


@pytest.fixture(autouse=True)
def line(monkeypatch):
    """The wire from Alipay to the school. `line.answers` are given instead of the school's; `line.heard` are its own."""

    class Line:
        is_cut = False

        def carry(self, url, headers, body):
            self.sent.append(body)
            if self.is_cut:
                return 0, b""
            if self.answers:
                return self.answers.pop(0)
            answer = told(body)
            connection.close()  # another thread than the test's
            self.heard.append((answer.status_code, answer.content))
            return self.heard[-1]

    line = Line()
    line.sent, line.answers, line.heard = [], [], []
    monkeypatch.setattr(tills, "_post", line.carry)
    return line


@pytest.fixture
def alipay(till):
    return providers.provider("alipay")


@pytest.fixture
def order(till, cat, tea):
    """What cat is about to pay."""
    return services.place_order(person=cat, goods="tea:1")


@pytest.fixture
def paid(order, till):
    pay(order, till)
    return order


def told(body):
    return Client(raise_request_exception=False).post(WEBHOOK, body, content_type=FORM)


def begin(order, surface=Surface.DESKTOP):
    return services.start_payment(order=order, visit=visit(surface))


def cashier(order, surface=Surface.DESKTOP):
    """Where the buyer arrives: the page of Alipay."""
    return requests.get(begin(order, surface).url, timeout=5).url


def press(address, button):
    return requests.post(address, {"do": button}, allow_redirects=False, timeout=5)


def pay(order, till):
    answer = press(cashier(order), "pay")
    till.post.settle()
    order.refresh_from_db()
    return answer


def number_of(order):
    return order.payments.latest("pk").reference


def lost_notice(order, till, line):
    """cat pays, but nobody is told; what would have been said is returned."""
    line.is_cut = True
    press(cashier(order), "pay")
    till.post.settle()
    line.is_cut = False
    return line.sent[-1]


def said_in(body):
    said = dict(parse_qsl(body.decode()))
    return {name: value for name, value in said.items() if name not in ("sign", "sign_type", "notify_time")}


def signed_anew(till, body, **changes):
    return till.write({**said_in(body), **changes})[1]


def nothing_happened(order, tea):
    order.refresh_from_db()
    return order.is_pending and not tea.had and not WebhookEvent.objects.exists() and not Entry.objects.exists()


# Paying


def test_cat_pays_on_alipays_page_and_has_her_tea(order, till, tea):
    answer = pay(order, till)
    assert answer.headers["Location"].startswith("http://testserver/orders/1/?")
    assert order.state == Order.State.PAID
    assert tea.had == {order.number}
    assert dict(Entry.objects.values_list("account", "amount")) == {"provider:alipay": 6800, "sales:tea": -6800}


def test_on_a_phone_she_gets_the_page_that_opens_the_app(order, till, tea):
    address = begin(order, Surface.PHONE).url
    wish = dict(parse_qsl(urlsplit(address).query))
    assert wish["method"] == "alipay.trade.wap.pay"
    page = requests.get(address, timeout=5)
    assert "一盏茶" in page.text
    press(page.url, "pay")
    till.post.settle()
    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_a_code_on_the_desktop_is_scanned_and_paid(order, till, tea, settings):
    settings.ALIPAY = configured(till, desktop="qr")
    step = begin(order)
    assert isinstance(step, Scan)
    assert begin(order) == step
    assert sum("precreate" in ask.target for ask in till.asked) == 1
    press(step.content, "pay")
    till.post.settle()
    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_the_desktop_page_is_told_what_is_to_be_paid_to_the_fen(order, till):
    begun = begin(order)
    assert isinstance(begun, GoTo)
    requests.get(begun.url, timeout=5)
    trade = till.desk.by_number(number_of(order))
    assert (trade["amount"], trade["subject"]) == (6800, "一盏茶")
    assert trade["notify_url"] == f"http://testserver{WEBHOOK}"
    assert trade["expires_at"] == written.local(order.closes_at)


def test_a_title_keeps_clear_of_the_signs_alipay_forbids(order, till):
    Order.objects.filter(pk=order.pk).update(title="茶/酒 & 点心=68")
    order.refresh_from_db()
    requests.get(begin(order).url, timeout=5)
    assert till.desk.by_number(number_of(order))["subject"] == "茶／酒 ＆ 点心＝68"


def test_an_attempt_is_taken_up_again(order, till):
    first, second = cashier(order), cashier(order, Surface.PHONE)
    assert first == second
    assert Payment.objects.count() == len(till.desk.trades()) == 1


def test_whoever_leaves_or_is_declined_can_still_pay(order, till, tea):
    address = cashier(order, Surface.PHONE)
    assert press(address, "leave").headers["Location"] == "http://testserver/orders/1/"
    assert "余额不足" in press(address, "decline").text
    services.refresh(order=order)
    assert nothing_happened(order, tea)
    pay(order, till)
    assert tea.had == {order.number}


def test_alipay_is_not_offered_inside_wechat_nor_for_other_money(order, alipay, settings):
    assert [alipay.serves(surface) for surface in Surface] == [False, True, True]
    with pytest.raises(ProviderRefused):
        begin(order, Surface.WECHAT)
    settings.CURRENCY = "USD"
    assert not any(alipay.serves(surface) for surface in Surface)
    order.payments.update(currency="USD")
    with pytest.raises(ProviderRefused):
        alipay.start(payment=order.payments.get(), visit=visit())


def test_what_is_sent_tells_the_time_of_china_wherever_the_school_is(order, till, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    pay(order, till)
    services.refresh(order=order)
    for ask in till.asked:
        if ask.path == "/gateway.do":
            sent = written.moment(ask.query["timestamp"])
            assert abs(datetime.now(UTC) - sent) < timedelta(seconds=60)


# Notices


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


# Money that goes back


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


# Asking and closing


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


# When Alipay is not itself


TROUBLES = {
    "a proxy's page": Reply("<html>", status=502),
    "an empty answer": Reply(""),
    "a page that says 200": Reply("<html>maintenance</html>"),
    "a list": Reply("[]"),
    "an answer without a signature": Reply(
        '{"alipay_trade_query_response":{"code":"10000","trade_status":"TRADE_SUCCESS"}}'
    ),
    "a wrong signature": Reply('{"alipay_trade_query_response":{"code":"10000","trade_no":"1"},"sign":"AAAA"}'),
    "another app's": Reply('{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}'),
    "no end": Reply("x" * (client.LARGEST_ANSWER + 1)),
    "bytes": Reply(b"\xff\xfe"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_an_answer_that_cannot_be_believed_is_none(order, till, tea, line, name):
    lost_notice(order, till, line)
    till.fail_next(TROUBLES[name])
    with pytest.raises(ProviderUnreachable):
        services.refresh(order=order)
    assert nothing_happened(order, tea)
    services.refresh(order=order)
    assert tea.had == {order.number}


@pytest.mark.parametrize(
    ("code", "sub_code"),
    [
        ("20000", "isp.unknow-error"),
        ("20000", "aop.ACQ.SYSTEM_ERROR"),
        ("40004", "ACQ.SYSTEM_ERROR"),
        ("40002", "isv.invalid-signature"),
        ("40006", "isv.insufficient-isv-permissions"),
    ],
)
def test_what_is_not_a_clear_no_is_asked_again(paid, till, code, sub_code, do_tasks):
    till.refuse_next(sub_code, "系统异常", code)
    services.refund(order=paid)
    assert Refund.objects.get().state == Refund.State.PENDING
    services.send_refund(refund=Refund.objects.get())
    assert Refund.objects.get().state == Refund.State.SUCCEEDED


def test_waiting_for_alipay_has_an_end(order, till, settings, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.2)
    begin(order)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.ALIPAY = configured(till, gateway=f"http://127.0.0.1:{silent.getsockname()[1]}/gateway.do")
        with pytest.raises(ProviderUnreachable):
            services.refresh(order=order)


def test_nobody_at_home(order, till, settings):
    begin(order)
    settings.ALIPAY = configured(till, gateway="http://127.0.0.1:9/gateway.do")
    with pytest.raises(ProviderUnreachable):
        services.refresh(order=order)


# The bill


def morning_after(till, monkeypatch):
    """It is noon of the next day, there and here; what is signed then is not asked about its age."""
    now = written.moment(till.desk.moment())
    noon = now.replace(hour=12, minute=0, second=0) + timedelta(days=1)
    till.clock.advance((noon - now).total_seconds())
    monkeypatch.setattr(bills.timezone, "now", lambda: datetime.now(UTC) + timedelta(seconds=till.clock.ahead))
    return now.date()


def test_the_bill_of_a_day_says_what_moved(paid, till, alipay, monkeypatch):
    Order.objects.filter(pk=paid.pk).update(title="茶")
    services.refund(order=paid, amount=2000)
    till.give_back(number_of(paid), 500)
    till.post.settle()
    ours = Refund.objects.get(amount=2000).reference
    at_desk = Refund.objects.get(amount=500).reference
    lines = alipay.bill(day=morning_after(till, monkeypatch))
    told = [(line.kind, line.reference, line.amount, line.refund_reference, line.fee) for line in lines]
    reference = number_of(paid)
    assert told == [
        (Kind.PAID, reference, 6800, "", 41),
        (Kind.REFUNDED, reference, 2000, ours, 0),
        (Kind.REFUNDED, reference, 500, at_desk, 0),
    ]
    assert {line.currency for line in lines} == {"CNY"}
    assert lines[0].at == Payment.objects.get().paid_at


def test_the_bill_and_the_books_agree_and_say_so_when_they_do_not(paid, till, line, monkeypatch):
    services.refund(order=paid, amount=2000)
    till.post.settle()
    line.is_cut = True
    till.give_back(number_of(paid), 500, number="by-hand")  # told to nobody
    till.post.settle()
    held = services.reconcile(provider="alipay", day=morning_after(till, monkeypatch))
    assert (held.received, held.returned, held.fees) == (6800, 2500, 41)
    assert [(one.kind, one.reference, one.theirs) for one in held.differences.all()] == [("not_ours", "by-hand", 500)]


def test_a_day_that_is_not_over_has_no_bill_yet(paid, till, alipay):
    asked = len(till.asked)
    with pytest.raises(BillNotReady):
        alipay.bill(day=written.moment(till.desk.moment()).date())
    assert len(till.asked) == asked


def test_a_bill_that_does_not_come_is_waited_for_until_noon_and_then_empty(paid, till, alipay, monkeypatch):
    day = morning_after(till, monkeypatch) + timedelta(days=1)
    till.clock.advance(24 * 3600 - 8 * 3600)  # four in the morning: not made yet
    with pytest.raises(BillNotReady):
        alipay.bill(day=day)
    till.clock.advance(24 * 3600)
    assert alipay.bill(day=day) == []


@pytest.mark.parametrize("packed", [b"", b"PK", "big"])
def test_a_bill_that_cannot_be_opened_is_asked_for_again(paid, till, alipay, monkeypatch, packed):
    if packed == "big":
        monkeypatch.setattr(bills, "LARGEST_TABLE", 100)
    else:
        monkeypatch.setattr(bills, "fetch", lambda url, largest: packed)
    with pytest.raises(ProviderUnreachable):
        alipay.bill(day=morning_after(till, monkeypatch))


def test_a_bill_with_a_title_that_is_a_line_of_its_own_is_read():
    head = "支付宝交易号,商户订单号,业务类型,商品名称,完成时间,订单金额（元）,退款批次号/请求号,服务费（元）"
    rows = [
        "#支付宝业务明细查询",
        head,
        "T1\t,R1\t,交易\t,#茶,2026-10-03 10:00:30,0.10,\t,-0.01",
        "T1,R1,分账,茶,,0.1,,0",
        "#完",
    ]
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("20884410000000010156_20261003_业务明细.csv", "\r\n".join(rows).encode("gbk"))
    (line,) = bills.read(memory.getvalue())
    assert (line.kind, line.amount, line.fee) == (Kind.PAID, 10, 1)
    assert line.at == datetime(2026, 10, 3, 2, 0, 30, tzinfo=UTC)


# Settings


@pytest.mark.parametrize("form", ["bare", "pem", "escaped", "wrapped", "file", "bare file"])
def test_a_key_is_read_in_every_form_people_have_it(till, tmp_path, form):
    bare = till.environment()
    for name, read, kind in ((SECRET_SPOT, keys.private, "PRIVATE"), ("ALIPAY_PUBLIC_KEY", keys.public, "PUBLIC")):
        text = bare[name]
        pem = f"-----BEGIN {kind} KEY-----\n{text}\n-----END {kind} KEY-----\n"
        wrapped = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        file = tmp_path / f"{kind}.pem"
        file.write_text(text if form == "bare file" else pem)
        forms = {"bare": text, "pem": pem, "escaped": pem.replace("\n", "\\n"), "wrapped": wrapped}
        assert read(forms.get(form, str(file))) == read(text)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"app_id": ""}, ["ALIPAY_APP_ID"]),
        ({"seller_id": "me"}, ["ALIPAY_SELLER_ID"]),
        ({"private_key": ""}, ["ALIPAY_PRIVATE_KEY"]),
        ({"private_key": "/nowhere/key.pem"}, ["ALIPAY_PRIVATE_KEY"]),
        ({"public_key": "MIIB"}, ["ALIPAY_PUBLIC_KEY"]),
        ({"desktop": "fax"}, ["ALIPAY_DESKTOP"]),
        ({"gateway": "ftp://"}, ["ALIPAY_GATEWAY"]),
        ({}, []),
    ],
)
def test_a_school_that_is_not_ready_to_be_paid_is_told_what_is_missing(till, settings, wrong, named):
    from config.checks import alipay as check

    settings.ALIPAY = configured(till, **wrong)
    assert setup.missing() == named
    assert [problem.id for problem in check(None)] == (["config.E011"] if named else [])
    settings.PAYMENTS = ["sandbox"]
    assert check(None) == []


def test_keys_taken_for_one_another_are_found(till, settings):
    said = configured(till)
    settings.ALIPAY = {**said, "private_key": said["public_key"], "public_key": said["private_key"]}
    assert setup.missing() == ["ALIPAY_PRIVATE_KEY", "ALIPAY_PUBLIC_KEY"]


@pytest.mark.parametrize("amount", [1, 10, 99, 100, 6800, 123456789, 9999999999])
def test_sums_are_written_and_read_to_the_fen(amount):
    assert written.fen(written.yuan(amount)) == amount


@pytest.mark.parametrize("text", ["", "1.234", "1,000", "1e3", "１", ".5", "1.", "+1", "nan"])
def test_what_is_not_a_sum_is_not_guessed(text):
    with pytest.raises(ValueError, match="sum"):
        written.fen(text)

"""What WeChat posts: believed only when it is genuine, fresh and fits, and then once."""

import dataclasses
import time
import uuid

import pytest
from at_wechat import by_both_keys, pay, post
from tills import nothing_happened

from payments.models import Transaction, WebhookEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_the_same_notice_fifty_times_delivers_once(order, tea, till):
    pay(order, till)
    headers, body = till.mail.lost()
    answers = [post(headers, body) for _ in range(50)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json() == {"code": "SUCCESS"}
    assert tea.deliveries == Transaction.objects.count() == WebhookEvent.objects.count() == 1


def test_a_notice_written_anew_is_the_same_fact(order, tea, till):
    payment = pay(order, till)
    till.mail.arrives()
    told = till.orders.told(till.books["trades"][payment.reference])
    assert post(*till.written("TRANSACTION.SUCCESS", "支付成功", told)()).status_code == 200
    assert tea.deliveries == Transaction.objects.count() == WebhookEvent.objects.count() == 1


CHANGES = {
    "no signature": lambda headers, body: ({**headers, "Wechatpay-Signature": ""}, body),
    "no headers": lambda headers, body: ({"Content-Type": "application/json"}, body),
    "another's signature": lambda headers, body: ({**headers, "Wechatpay-Signature": "QUJD"}, body),
    "WeChat's probe": lambda headers, body: ({**headers, "Wechatpay-Signature": "WECHATPAY/SIGNTEST/QUJD"}, body),
    "tampered body": lambda headers, body: (headers, body.replace(b"encrypt-resource", b"encrypt-resourcf")),
    "not text": lambda headers, body: (headers, b"\xff" + body),
    "another time": lambda headers, body: ({**headers, "Wechatpay-Timestamp": str(int(time.time()) - 3)}, body),
    "no time": lambda headers, body: ({**headers, "Wechatpay-Timestamp": "soon"}, body),
    "another nonce": lambda headers, body: ({**headers, "Wechatpay-Nonce": "x"}, body),
    "unknown serial": lambda headers, body: ({**headers, "Wechatpay-Serial": "5F" * 20}, body),
    "serial that is no number": lambda headers, body: ({**headers, "Wechatpay-Serial": "PUB_KEY_ID_x"}, body),
    "no serial": lambda headers, body: ({**headers, "Wechatpay-Serial": ""}, body),
    "another algorithm": lambda headers, body: ({**headers, "Wechatpay-Signature-Type": "NONE"}, body),
}


@pytest.mark.parametrize("change", CHANGES)
@by_both_keys
def test_a_forged_notice_is_refused(order, tea, till, change):
    pay(order, till)
    refused = post(*CHANGES[change](*till.mail.lost()))
    assert refused.status_code == 400
    assert refused.json()["code"] == "FAIL"
    assert "签名" in refused.json()["message"]
    assert nothing_happened(order, tea)


@by_both_keys
def test_a_notice_signed_by_the_merchants_own_key_is_refused(order, tea, till):
    pay(order, till)
    headers, body = till.mail.lost()
    forged = dataclasses.replace(till.keys.merchant, serial=till.seal.serial)
    assert post({**headers, **till.signature(body.decode(), forged)}, body).status_code == 400
    assert nothing_happened(order, tea)


@pytest.mark.parametrize("seconds", [-302, 302, -800_000_000])
def test_a_stale_notice_is_refused_though_its_signature_is_right(order, tea, till, seconds):
    pay(order, till)
    till.skew = seconds
    refused = post(*till.mail.lost())
    assert refused.status_code == 400
    assert "时间" in refused.json()["message"]
    assert nothing_happened(order, tea)


LIES = {
    "amount": lambda told: told["amount"].update(total=1),
    "currency": lambda told: told["amount"].update(currency="USD"),
    "merchant": lambda told: told.update(mchid="1900000002"),
    "no merchant": lambda told: told.pop("mchid"),
    "application": lambda told: told.update(appid="wxsomeoneelse"),
    "order": lambda told: told.update(out_trade_no="0" * 32),
    "no amount": lambda told: told.pop("amount"),
    "amount in words": lambda told: told["amount"].update(total="many"),
    "unreadable time": lambda told: told.update(success_time="yesterday"),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_does_not_fit_the_order_is_refused_though_wechat_says_it(order, tea, till, lie):
    payment = pay(order, till)
    till.mail.lost()
    told = till.orders.told(till.books["trades"][payment.reference])
    LIES[lie](told)
    refused = post(*till.written("TRANSACTION.SUCCESS", "支付成功", told)())
    assert refused.status_code == 400
    assert nothing_happened(order, tea)


def test_another_merchants_notice_is_refused_by_name(order, tea, till):
    payment = pay(order, till)
    till.mail.lost()
    told = till.orders.told(till.books["trades"][payment.reference]) | {"mchid": "1900000002"}
    refused = post(*till.written("TRANSACTION.SUCCESS", "支付成功", told)())
    assert "不是发给本院" in refused.json()["message"]


def test_a_notice_sealed_with_another_key_is_refused(order, tea, till):
    pay(order, till)
    till.mail.lost()
    till.keys.api_v3 = "x" * 32
    told = {"out_trade_no": "0" * 32}
    refused = post(*till.written("TRANSACTION.SUCCESS", "支付成功", told)())
    assert "读不懂" in refused.json()["message"]


def test_news_that_we_do_not_follow_is_answered_and_forgotten(order, tea, till):
    told = {"mchid": till.mchid, "complaint_id": "1"}
    assert post(*till.written("COMPLAINT.CREATE", "产生新投诉", told)()).status_code == 200
    assert nothing_happened(order, tea)


@by_both_keys
def test_a_stranger_who_shouts_makes_us_ask_for_certificates_once(order, till):
    pay(order, till)
    headers, body = till.mail.lost()
    till.asked.clear()
    for _ in range(20):
        post({**headers, "Wechatpay-Serial": uuid.uuid4().hex}, body)
    assert sum(ask.path == "/v3/certificates" for ask in till.asked) <= 1

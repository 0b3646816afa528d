"""The stand-in for WeChat Pay keeps WeChat's own rules: a school that breaks them learns it here."""

import gzip
import hashlib
import json
import time
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from listening import listening
from wechatpayv3 import SignType, WeChatPay, WeChatPayType
from wechatpayv3.type import RequestType

from payments.simulators import wechat
from payments.simulators.till import opened
from payments.simulators.wechat import WechatTill, keys
from payments.simulators.wechat.layout import BEIJING

pytestmark = pytest.mark.once

NUMBER, REFUND = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
YUAN_68 = {"total": 6800, "currency": "CNY"}
IN_FULL = {"refund": 6800, "total": 6800, "currency": "CNY"}


@pytest.fixture
def till(wechat_keys):
    with opened(WechatTill(known=replace(wechat_keys, seals=list(wechat_keys.seals)))) as till:
        yield till


@pytest.fixture
def merchant(till):
    """The official client at the till."""
    return merchant_of(till.environment())


def merchant_of(said, **wrong):
    said = {**said, **wrong}
    client = WeChatPay(
        WeChatPayType.NATIVE,
        mchid=said["WECHAT_MCHID"],
        private_key=said["WECHAT_PRIVATE_KEY"],
        cert_serial_no=said["WECHAT_CERT_SERIAL"],
        appid=said["WECHAT_APPID"],
        apiv3_key=said["WECHAT_API_V3_KEY"],
        notify_url="http://127.0.0.1:9/notify",
        timeout=10,
        public_key=said["WECHAT_PUBLIC_KEY"],
        public_key_id=said["WECHAT_PUBLIC_KEY_ID"],
    )
    client._core._gate_way = said["WECHAT_API"]
    return client


@pytest.fixture
def desk():
    """Where notices come: `desk.answers` says how, `desk.got` keeps them."""

    class Desk(BaseHTTPRequestHandler):
        answers, got = [], []

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            Desk.got.append((dict(self.headers), body))
            self.send_response(Desk.answers.pop(0) if Desk.answers else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    Desk.answers, Desk.got = [], []
    with listening(Desk) as server:
        Desk.url = f"{server.url}/notify"
        yield Desk


def order(merchant, number=NUMBER, **more):
    status, said = merchant.pay("一盏茶", number, YUAN_68, **more)
    return status, json.loads(said)


def refused(answer):
    status, said = answer
    said = said if isinstance(said, dict) else json.loads(said)
    return status, said["code"]


def get(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.url, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, url, refusal.read()


def press(url, button, **headers):
    asked = urllib.request.Request(url, f"do={button}".encode(), headers, method="POST")
    with urllib.request.urlopen(asked) as answer:
        return answer.read().decode()


def test_someone_scans_pays_and_the_merchant_hears_of_it(till, merchant, desk):
    _, way_in = order(merchant, notify_url=desk.url)
    assert "68.00" in get(way_in["code_url"])[2].decode()
    assert "支付成功" in press(way_in["code_url"], "pay")
    till.post.settle()
    ((headers, body),) = desk.got
    notice = merchant.callback(headers, body)
    assert notice["event_type"] == "TRANSACTION.SUCCESS"
    told = notice["resource"]
    assert (told["out_trade_no"], told["trade_state"], told["amount"]["total"]) == (NUMBER, "SUCCESS", 6800)
    assert (told["mchid"], told["appid"]) == (till.mchid, till.appid)
    assert json.loads(merchant.query(out_trade_no=NUMBER)[1])["transaction_id"] == told["transaction_id"]


def test_someone_who_declines_has_not_paid(till, merchant):
    _, way_in = order(merchant)
    assert "取消" in press(way_in["code_url"], "decline")
    assert json.loads(merchant.query(out_trade_no=NUMBER)[1])["trade_state"] == "NOTPAY"


def test_a_notice_comes_on_wechats_schedule_until_it_is_answered(till, merchant, desk):
    desk.answers = [500] * 4
    order(merchant, notify_url=desk.url)
    letter = till.pay(NUMBER)
    till.post.settle()
    for pause in (15, 15, 30, 180):
        assert not letter.is_over
        till.clock.advance(pause - 1)
        till.post.settle()
        heard = len(desk.got)
        till.clock.advance(1)
        till.post.settle()
        assert len(desk.got) == heard + 1
    assert letter.is_over
    assert [status for status, _ in letter.answers] == [500, 500, 500, 500, 204]
    assert len({headers["Wechatpay-Nonce"] for headers, _ in desk.got}) == 5
    assert len({json.loads(body)["id"] for _, body in desk.got}) == 1


def test_fifteen_attempts_follow_the_first_within_a_day():
    assert len(WechatTill.pauses) == 15
    assert sum(WechatTill.pauses) == 24 * 3600 + 4 * 60


@pytest.mark.parametrize(
    "wrong", [{"WECHAT_MCHID": "1900000002"}, {"WECHAT_CERT_SERIAL": "00"}, {"WECHAT_PRIVATE_KEY": "another"}]
)
def test_another_merchant_is_not_served(till, wrong):
    if "WECHAT_PRIVATE_KEY" in wrong:
        wrong = {"WECHAT_PRIVATE_KEY": keys.bare().private}
    stranger = merchant_of(till.environment(), **wrong)
    assert refused(stranger.query(out_trade_no=NUMBER)) == (401, "SIGN_ERROR")


def test_a_changed_body_and_an_old_signature_are_not_served(till, monkeypatch):
    assert get(f"{till.url}/v3/certificates", Accept="application/json")[0] == 401
    merchant = merchant_of(till.environment())
    monkeypatch.setattr(wechat, "time", SimpleNamespace(time=lambda: time.time() + 400))
    assert refused(merchant.query(out_trade_no=NUMBER)) == (401, "SIGN_ERROR")
    monkeypatch.undo()
    status, said = merchant._core.request(
        "/v3/pay/transactions/native", sign_data="{}", method=RequestType.POST, data={"a": 1}
    )
    told = json.loads(said)
    assert (status, told["code"]) == (401, "SIGN_ERROR")
    assert told["detail"]["sign_information"]["url"] == "/v3/pay/transactions/native"


def test_the_same_number_is_the_same_order_or_none(till, merchant):
    _, first = order(merchant)
    assert order(merchant) == (200, first)
    cheaper = merchant.pay("一盏茶", NUMBER, {"total": 1, "currency": "CNY"})
    assert refused(cheaper) == (403, "OUT_TRADE_NO_USED")
    h5 = {"payer_client_ip": "10.0.0.1", "h5_info": {"type": "Wap"}}
    assert refused(order(merchant, pay_type=WeChatPayType.H5, scene_info=h5)) == (403, "OUT_TRADE_NO_USED")
    till.pay(NUMBER)
    assert refused(order(merchant)) == (400, "INVALID_REQUEST")


def test_a_closed_order_can_neither_be_paid_nor_opened_again(till, merchant):
    _, way_in = order(merchant)
    assert merchant.close(NUMBER)[0] == 204
    assert "已关闭" in get(way_in["code_url"])[2].decode()
    assert till.pay(NUMBER) is None
    assert refused(order(merchant)) == (400, "ORDER_CLOSED")
    assert refused(merchant.close("0" * 32)) == (404, "ORDER_NOT_EXIST")


def test_a_paid_order_cannot_be_closed(till, merchant):
    order(merchant)
    till.pay(NUMBER)
    assert refused(merchant.close(NUMBER)) == (400, "ORDERPAID")


def test_an_order_ends_when_it_was_told_to(till, merchant):
    ends = datetime.now(BEIJING) + timedelta(minutes=30)
    order(merchant, time_expire=ends.isoformat(timespec="seconds"))
    till.clock.advance(31 * 60)
    assert till.pay(NUMBER) is None
    assert json.loads(merchant.query(out_trade_no=NUMBER)[1])["trade_state"] == "CLOSED"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"appid": "wxother"}, "APPID_MCHID_NOT_MATCH"),
        ({"mchid": "1900000002"}, "MCH_NOT_EXISTS"),
        ({"notify_url": "http://school/?a=1"}, "PARAM_ERROR"),
        ({"number": "short"}, "PARAM_ERROR"),
        ({"pay_type": WeChatPayType.H5, "scene_info": {"payer_client_ip": "10.0.0.1"}}, "PARAM_ERROR"),
    ],
)
def test_an_order_that_is_not_right_is_not_opened(till, merchant, more, code):
    assert refused(order(merchant, **more)) == (400, code)


def test_a_phone_comes_with_its_site_and_goes_back_to_it(till, merchant):
    scene = {"payer_client_ip": "10.0.0.1", "h5_info": {"type": "Wap"}}
    _, way_in = order(merchant, pay_type=WeChatPayType.H5, scene_info=scene)
    page = f"{way_in['h5_url']}&redirect_url={till.url}/bridge.js"
    assert get(page)[0] == 400
    assert get(page, Referer="http://school/")[0] == 200
    assert "WeixinJSBridge" in press(page, "pay", Referer=page)
    assert json.loads(merchant.query(out_trade_no=NUMBER)[1])["trade_type"] == "MWEB"


def test_a_phone_has_five_minutes(till, merchant):
    scene = {"payer_client_ip": "10.0.0.1", "h5_info": {"type": "Wap"}}
    _, way_in = order(merchant, pay_type=WeChatPayType.H5, scene_info=scene)
    till.clock.advance(301)
    assert get(way_in["h5_url"], Referer="http://school/")[0] == 400
    order(merchant, pay_type=WeChatPayType.H5, scene_info=scene)
    assert get(way_in["h5_url"], Referer="http://school/")[0] == 200


def sheet(till, merchant, prepay_id, **changed):
    """What the page gives to getBrandWCPayRequest."""
    lines = [till.appid, "1700000000", "nonce", f"prepay_id={prepay_id}"]
    params = dict(zip(("appId", "timeStamp", "nonceStr", "package"), lines, strict=True))
    return params | {"signType": "RSA", "paySign": merchant.sign(lines, SignType.RSA_SHA256)} | changed


def test_inside_wechat_the_sheet_opens_for_what_the_merchant_signed(till, merchant):
    _, way_in = order(merchant, pay_type=WeChatPayType.JSAPI, payer={"openid": till.openid})
    prepay_id = way_in["prepay_id"]
    assert till.bridge(sheet(till, merchant, prepay_id), pays=False) == "cancel"
    assert till.bridge(sheet(till, merchant, prepay_id, package="prepay_id=another")) == "fail"
    assert till.bridge(sheet(till, merchant, prepay_id)) == "ok"
    assert json.loads(merchant.query(out_trade_no=NUMBER)[1])["payer"] == {"openid": till.openid}


def test_only_the_person_it_was_opened_for_sees_the_sheet(till, merchant):
    _, way_in = order(merchant, pay_type=WeChatPayType.JSAPI, payer={"openid": "o-of-somebody-else"})
    assert till.bridge(sheet(till, merchant, way_in["prepay_id"])) == "fail"


def test_a_code_tells_once_who_someone_is(till):
    said = till.environment()
    ask = f"{till.url}/connect/oauth2/authorize?appid={till.appid}&redirect_uri={till.url}/bridge.js"
    _, back, _ = get(f"{ask}&response_type=code&scope=snsapi_base&state=s1#wechat_redirect")
    query = parse_qs(urlsplit(back).query)
    assert query["state"] == ["s1"]
    exchange = f"{till.url}/sns/oauth2/access_token?appid={till.appid}&grant_type=authorization_code"
    exchange += f"&code={query['code'][0]}"
    assert json.loads(get(f"{exchange}&secret=wrong")[2])["errcode"] == 40125
    assert json.loads(get(f"{exchange}&secret={said['WECHAT_APP_SECRET']}")[2])["openid"] == till.openid
    assert json.loads(get(f"{exchange}&secret={said['WECHAT_APP_SECRET']}")[2])["errcode"] == 40163


def test_money_goes_back_once_and_never_more_than_was_paid(till, merchant, desk):
    order(merchant)
    assert refused(merchant.refund(REFUND, IN_FULL, out_trade_no=NUMBER)) == (404, "RESOURCE_NOT_EXISTS")
    till.pay(NUMBER)
    part = {**IN_FULL, "refund": 5000}
    for _ in range(2):
        assert merchant.refund(REFUND, part, out_trade_no=NUMBER, notify_url=desk.url)[0] == 200
    till.post.settle()
    assert till.refunds.given_back(NUMBER) == 5000
    assert refused(merchant.refund(REFUND, IN_FULL, out_trade_no=NUMBER)) == (400, "INVALID_REQUEST")
    assert refused(merchant.refund("another", part, out_trade_no=NUMBER)) == (400, "INVALID_REQUEST")
    told = merchant.callback(*next(one for one in desk.got if b"REFUND" in one[1]))["resource"]
    assert (told["refund_status"], told["amount"]["refund"]) == ("SUCCESS", 5000)
    assert json.loads(merchant.query(out_trade_no=NUMBER)[1])["trade_state"] == "REFUND"
    assert json.loads(merchant.query_refund(REFUND)[1])["status"] == "SUCCESS"


def test_a_refund_that_is_closed_leaves_the_money_to_be_given_back(till, merchant):
    till.refund_ends = None
    order(merchant)
    till.pay(NUMBER)
    assert json.loads(merchant.refund(REFUND, IN_FULL, out_trade_no=NUMBER)[1])["status"] == "PROCESSING"
    till.end_refund(REFUND, "ABNORMAL")
    assert refused(merchant.refund("another", IN_FULL, out_trade_no=NUMBER)) == (400, "INVALID_REQUEST")
    till.end_refund(REFUND, "CLOSED")
    assert merchant.refund("another", IN_FULL, out_trade_no=NUMBER)[0] == 200


def test_certificates_open_with_the_merchants_key_and_two_may_be_valid(till, merchant):
    old = till.keys.certified[-1]
    new = till.rotate()
    data = json.loads(merchant._core.request("/v3/certificates")[1])["data"]
    assert {old.serial, new.serial} <= {one["serial_no"] for one in data}
    body = '{"resource_type":"other"}'
    for seal in (old, new, till.keys.bare):
        assert merchant._core._verify_signature(till.signature(body, seal), body)
    till.retire(new)


def test_the_bill_is_made_at_ten_the_next_morning(till, merchant):
    order(merchant)
    till.pay(NUMBER)
    merchant.refund(REFUND, {**IN_FULL, "refund": 800}, out_trade_no=NUMBER)
    today = datetime.now(BEIJING).date()
    assert refused(merchant.trade_bill(today.isoformat())) == (400, "STATEMENT_CREATING")
    till.clock.advance(34 * 3600)
    assert refused(merchant.trade_bill((today - timedelta(days=9)).isoformat())) == (400, "NO_STATEMENT_EXIST")
    laid = json.loads(merchant.trade_bill(today.isoformat())[1])
    text = gzip.decompress(merchant.download_bill(laid["download_url"])[1])
    assert hashlib.sha1(text).hexdigest() == laid["hash_value"]
    lines = text.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号")
    assert len(lines) == 5
    for line in lines[1:3]:
        assert line.startswith("`")
        assert line.count(",") == lines[0].count(",")
    assert "`SUCCESS,`OTHERS,`CNY,`68.00" in lines[1]
    assert f"`{REFUND},`8.00" in lines[2]
    assert lines[4] == "`2,`68.00,`8.00,`0.00,`0.36000,`68.00,`8.00"
    till.clock.advance(301)
    assert merchant.download_bill(laid["download_url"])[0] == 400


@pytest.mark.parametrize(("kind", "rows"), [("ALL", 2), ("SUCCESS", 1), ("REFUND", 1)])
def test_a_bill_may_be_of_one_kind(till, merchant, kind, rows):
    order(merchant)
    till.pay(NUMBER)
    merchant.refund(REFUND, IN_FULL, out_trade_no=NUMBER)
    lines = till.bills.text(datetime.now(BEIJING).date(), kind).splitlines()
    assert len(lines) == rows + 3
    assert {line.count(",") for line in lines[1:-2]} == {lines[0].count(",")}


def test_one_that_is_started_again_has_its_keys_and_books(tmp_path):
    with opened(WechatTill(folder=tmp_path)) as till:
        first = merchant_of(till.environment())
        order(first)
        till.pay(NUMBER)
        said = till.environment()
    with opened(WechatTill(folder=tmp_path)) as again:
        client = merchant_of({**said, "WECHAT_API": again.url})
        assert json.loads(client.query(out_trade_no=NUMBER)[1])["trade_state"] == "SUCCESS"

"""The simulated Alipay as a stranger meets it: over HTTP, with the official client."""

import csv
import io
import urllib.error
import urllib.request
import zipfile
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from alipay import AliPay, AliPayException
from Cryptodome.PublicKey import RSA

from payments.simulators.alipay import AlipayTill
from payments.simulators.till import Books, Reply, Till, opened

pytestmark = pytest.mark.once

NUMBER = "0f" * 16
TEA = {"subject": "一盏茶 & 点心", "out_trade_no": NUMBER, "total_amount": "68.00"}


@pytest.fixture
def till(alipay_keys):
    books = Books()
    books["keys"].update(alipay_keys)
    with opened(AlipayTill(books)) as till:
        yield till


@pytest.fixture
def shop():
    """Where notices arrive. It answers what is in `shop.answers`, then `success`."""

    class Shop(Till):
        def notify(self, ask):
            self.heard.append(dict(ask.form))
            return self.answers.pop(0) if self.answers else Reply("success", kind="text/plain")

    shop = Shop()
    shop.heard, shop.answers = [], []
    shop.on("POST", "/notify", shop.notify)
    shop.on("GET", "/back", lambda ask: Reply("welcome back"))
    with opened(shop):
        yield shop


@pytest.fixture
def client(till, shop):
    return official(till, notify=f"{shop.url}/notify")


def official(till, *, notify=None, app=None, key=None):
    said = till.environment()
    client = AliPay(
        appid=app or said["ALIPAY_APP_ID"],
        app_notify_url=notify,
        app_private_key_string=key or pem(said["ALIPAY_PRIVATE_KEY"], "PRIVATE"),
        alipay_public_key_string=pem(said["ALIPAY_PUBLIC_KEY"], "PUBLIC"),
    )
    client._gateway = said["ALIPAY_GATEWAY"]
    return client


def pem(text, kind):
    return f"-----BEGIN {kind} KEY-----\n{text}\n-----END {kind} KEY-----"


def look(address, **form):
    """What a browser shows that follows redirects: (address, text)."""
    body = urlencode(form).encode() if form else None
    with urllib.request.urlopen(address, body) as answer:
        text = answer.read()
        return answer.url, text.decode(answer.headers.get_content_charset() or "utf-8")


def cashier(client, way="page", **more):
    sign = {"page": client.api_alipay_trade_page_pay, "wap": client.api_alipay_trade_wap_pay}[way]
    return look(f"{client._gateway}?{sign(**{**TEA, **more})}")[0]


def is_signed(client, said):
    said = dict(said)
    return client.verify(said, said.pop("sign"))


@pytest.mark.parametrize("way", ["page", "wap"])
def test_a_buyer_pays_on_the_hosted_page_and_comes_back_with_signed_parameters(client, till, shop, way):
    address = cashier(client, way, return_url=f"{shop.url}/back?order=1")
    shown = look(address)[1]
    assert "一盏茶 &amp; 点心" in shown
    assert "¥68.00" in shown
    back, text = look(address, do="pay")
    assert text == "welcome back"
    said = dict(parse_qsl(urlsplit(back).query))
    assert said.pop("order") == "1"
    assert (said["out_trade_no"], said["total_amount"]) == (NUMBER, "68.00")
    assert said["method"] == f"alipay.trade.{way}.pay.return"
    assert is_signed(client, said)
    till.post.settle()
    assert len(shop.heard) == 1
    assert is_signed(client, shop.heard[0])
    assert shop.heard[0]["trade_status"] == "TRADE_SUCCESS"


def test_nobody_knows_a_trade_before_the_buyer_begins_with_it(client):
    address = cashier(client, return_url="http://127.0.0.1:9/back")
    assert client.api_alipay_trade_query(NUMBER)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert "余额不足，请换一种付款方式" in look(address, do="decline")[1]
    assert client.api_alipay_trade_query(NUMBER)["trade_status"] == "WAIT_BUYER_PAY"


def test_whoever_leaves_a_phone_page_goes_where_the_shop_said(client, shop):
    address = cashier(client, "wap", quit_url=f"{shop.url}/back", return_url=f"{shop.url}/nowhere")
    assert look(address, do="leave") == (f"{shop.url}/back", "welcome back")
    assert client.api_alipay_trade_query(NUMBER)["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_a_code_is_scanned_and_paid(client, till, shop):
    answer = client.api_alipay_trade_precreate(**TEA)
    assert "付款成功" in look(answer["qr_code"], do="pay")[1]
    till.post.settle()
    assert shop.heard[0]["out_trade_no"] == NUMBER
    assert client.api_alipay_trade_query(NUMBER)["send_pay_date"] == shop.heard[0]["gmt_payment"]
    assert client.api_alipay_trade_precreate(**TEA)["sub_code"] == "ACQ.TRADE_HAS_SUCCESS"


def test_a_wrong_signature_is_refused_and_the_refusal_is_signed(till):
    mallory = official(till, key=RSA.generate(2048).export_key())
    assert mallory.api_alipay_trade_query(NUMBER)["sub_code"] == "isv.invalid-signature"
    page = look(f"{mallory._gateway}?{mallory.api_alipay_trade_page_pay(**TEA)}")[1]
    assert "isv.invalid-signature" in page
    assert "付款" not in page


def test_a_parameter_changed_on_the_way_is_refused(client):
    address = f"{client._gateway}?{client.api_alipay_trade_page_pay(**TEA)}"
    assert "isv.invalid-signature" in look(address.replace("68.00", "00.01"))[1]


def test_an_unknown_app_is_answered_without_a_signature(till):
    with pytest.raises(AliPayException) as refusal:
        official(till, app="2021999").api_alipay_trade_query(NUMBER)
    assert "isv.invalid-app-id" in str(refusal.value)


@pytest.mark.parametrize(
    ("wrong", "sub_code"),
    [
        ({"total_amount": "0.00"}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": "1.001"}, "ACQ.INVALID_PARAMETER"),
        ({"out_trade_no": "a b"}, "ACQ.INVALID_PARAMETER"),
        ({"subject": ""}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": "67.99"}, "ACQ.CONTEXT_INCONSISTENT"),
    ],
)
def test_a_trade_that_makes_no_sense_is_refused(client, wrong, sub_code):
    client.api_alipay_trade_precreate(**TEA)
    assert client.api_alipay_trade_precreate(**{**TEA, **wrong})["sub_code"] == sub_code


def test_money_goes_back_once_per_number_and_never_more_than_came(client, till, shop):
    client.api_alipay_trade_precreate(**TEA)
    till.pay(NUMBER)
    first = client.api_alipay_trade_refund("20.00", NUMBER, out_request_no="r1")
    again = client.api_alipay_trade_refund("20.00", NUMBER, out_request_no="r1")
    other = client.api_alipay_trade_refund("20.01", NUMBER, out_request_no="r1")
    more = client.api_alipay_trade_refund("48.01", NUMBER, out_request_no="r2")
    rest = client.api_alipay_trade_refund("48.00", NUMBER, out_request_no="r3")
    over = client.api_alipay_trade_refund("0.01", NUMBER, out_request_no="r4")
    assert [first["fund_change"], again["fund_change"], rest["fund_change"]] == ["Y", "N", "Y"]
    assert [first["refund_fee"], rest["refund_fee"]] == ["20.00", "68.00"]
    assert other["sub_code"] == "ACQ.DISCORDANT_REPEAT_REQUEST"
    assert more["sub_code"] == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    assert over["sub_code"] == "ACQ.TRADE_HAS_CLOSE"
    till.post.settle()
    told = [(one["trade_status"], one.get("out_biz_no"), one.get("refund_fee")) for one in shop.heard]
    assert told[1:] == [("TRADE_SUCCESS", "r1", "20.00"), ("TRADE_CLOSED", "r3", "68.00")]
    known = client.api_alipay_trade_fastpay_refund_query("r1", out_trade_no=NUMBER)
    assert (known["refund_amount"], known["refund_status"]) == ("20.00", "REFUND_SUCCESS")
    assert "refund_amount" not in client.api_alipay_trade_fastpay_refund_query("r2", out_trade_no=NUMBER)


def test_a_closed_trade_cannot_be_paid(client, till, shop):
    address = cashier(client)
    look(address, do="decline")
    assert client.api_alipay_trade_close(NUMBER)["code"] == "10000"
    assert "交易已经关闭" in look(address, do="pay")[1]
    assert client.api_alipay_trade_close(NUMBER)["sub_code"] == "ACQ.TRADE_STATUS_ERROR"
    till.post.settle()
    assert [one["trade_status"] for one in shop.heard] == ["TRADE_CLOSED"]


def test_nobody_pays_when_the_time_to_pay_is_over(client, till, shop):
    ends_at = datetime.strptime(till.desk.moment(), "%Y-%m-%d %H:%M:%S") + timedelta(minutes=30)
    address = cashier(client, time_expire=str(ends_at))
    till.clock.advance(30 * 60)
    assert "交易已经关闭" in look(address, do="pay")[1]
    refused = client.api_alipay_trade_precreate(**TEA, time_expire=str(ends_at))
    assert refused["sub_code"] == "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR"
    till.post.settle()
    assert not shop.heard


def test_a_notice_is_posted_on_alipays_schedule_until_the_answer_is_exactly_success(client, till, shop):
    shop.answers += [Reply("no", status=500), Reply("success", status=201), Reply("success\n"), Reply("fail")]
    client.api_alipay_trade_precreate(**TEA)
    till.pay(NUMBER)
    till.post.settle()
    for pause in (240, 600, 600, 3600):
        before = len(shop.heard)
        till.clock.advance(pause - 5)
        till.post.settle()
        assert len(shop.heard) == before
        till.clock.advance(5)
        till.post.settle()
        assert len(shop.heard) == before + 1
    till.clock.advance(90000)
    till.post.settle()
    assert len(shop.heard) == 5
    assert len({one["notify_id"] for one in shop.heard}) == 1
    assert len({one["notify_time"] for one in shop.heard}) == len({one["sign"] for one in shop.heard}) == 5
    assert all(is_signed(client, one) for one in shop.heard)


def test_a_shop_that_never_says_success_is_told_eight_times(client, till, shop):
    shop.answers += [Reply("fail")] * 20
    client.api_alipay_trade_precreate(**TEA)
    till.pay(NUMBER)
    for pause in (0, *till.pauses, 90000):
        till.clock.advance(pause)
        till.post.settle()
    assert len(shop.heard) == 8


def test_a_notice_tells_the_time_of_china(client, till, shop):
    client.api_alipay_trade_precreate(**TEA)
    till.pay(NUMBER)
    till.post.settle()
    now = datetime.now(timezone(timedelta(hours=8))).replace(tzinfo=None)
    assert abs(now - datetime.strptime(shop.heard[0]["notify_time"], "%Y-%m-%d %H:%M:%S")) < timedelta(seconds=60)


def test_the_bill_of_a_day_is_made_the_next_morning(client, till, shop):
    client.api_alipay_trade_precreate(**TEA)
    till.pay(NUMBER)
    client.api_alipay_trade_refund("20.00", NUMBER, out_request_no="r1")
    day = till.desk.moment()[:10]
    assert ask_for_bill(client, day)["sub_code"] == "isv.invalid_arguments"
    advance_to(till, "08:59:59")
    assert ask_for_bill(client, day)["sub_code"] == "isp.bill_not_exist"
    till.clock.advance(2)
    address = ask_for_bill(client, day)["bill_download_url"]
    names, rows = unpacked(address)
    assert names[0].endswith("_业务明细.csv")
    assert names[1].endswith("_业务明细(汇总).csv")
    assert rows[0] == ["#支付宝业务明细查询"]
    assert rows[3][0].startswith("#---")
    table = [dict(zip(rows[4], row, strict=True)) for row in rows[5:7]]
    assert [(one["商户订单号"], one["业务类型"], one["订单金额（元）"]) for one in table] == [
        (f"{NUMBER}\t", "交易\t", "68.00"),
        (f"{NUMBER}\t", "退款\t", "-20.00"),
    ]
    assert (table[0]["服务费（元）"], table[1]["退款批次号/请求号"]) == ("-0.41", "r1\t")
    assert rows[8] == ["#交易合计：1笔，商家实收共68.00元，商家优惠共0.00元"]
    till.clock.advance(31)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(address)


def ask_for_bill(client, day):
    return client.server_api("alipay.data.dataservice.bill.downloadurl.query", {"bill_type": "trade", "bill_date": day})


def advance_to(till, clock):
    """To that time of the next day in China."""
    now = datetime.strptime(till.desk.moment(), "%Y-%m-%d %H:%M:%S")
    then = datetime.strptime(f"{(now + timedelta(days=1)).date()} {clock}", "%Y-%m-%d %H:%M:%S")
    till.clock.advance((then - now).total_seconds())


def unpacked(address):
    with urllib.request.urlopen(address) as answer:
        archive = zipfile.ZipFile(io.BytesIO(answer.read()), metadata_encoding="gbk")
    text = archive.read(archive.infolist()[0]).decode("gbk")
    return archive.namelist(), list(csv.reader(io.StringIO(text)))


def test_a_simulator_opened_again_has_its_keys_and_trades(tmp_path):
    with opened(AlipayTill(folder=tmp_path)) as first:
        official(first).api_alipay_trade_precreate(**TEA)
        first.pay(NUMBER)
        before = first.environment()
    with opened(AlipayTill(folder=tmp_path)) as second:
        after = second.environment()
        assert official(second).api_alipay_trade_query(NUMBER)["trade_status"] == "TRADE_SUCCESS"
    assert {**before, "ALIPAY_GATEWAY": ""} == {**after, "ALIPAY_GATEWAY": ""}

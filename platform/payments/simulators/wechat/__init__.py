"""WeChat Pay, API v3: a merchant's counterpart that takes no money.

It speaks what https://pay.weixin.qq.com/doc/v3/merchant/ describes for a merchant of its own (直连商户): signed requests
and answers, native, JSAPI and H5 orders, refunds, encrypted notices that come again, bills, and openid by OAuth.
"""

import gzip
import hashlib
import json
import re
import secrets
import time
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from payments.simulators.till import Ask, Books, Letter, Reply, Till
from payments.simulators.wechat import bill, keys, pages
from payments.simulators.wechat.bill import BEIJING

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESH_SECONDS = 300
HOUR = 3600
ORDER_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
TRADE_TYPES = {"native": "NATIVE", "jsapi": "JSAPI", "h5": "MWEB"}
PREPAID_SECONDS = {"NATIVE": 2 * HOUR, "JSAPI": 2 * HOUR, "MWEB": 5 * 60}
STATES = {"SUCCESS": "支付成功", "REFUND": "转入退款", "NOTPAY": "订单未支付", "CLOSED": "订单已关闭"}
WORDS = {"SUCCESS": "退款成功", "ABNORMAL": "退款异常", "CLOSED": "退款关闭"}
BILL_READY = timedelta(days=1, hours=10)  # after the midnight with which the day began
LOST = "商家参数格式有误，请联系商家解决"

Row = dict[str, Any]


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.status = status
        self.said = {"code": code, "message": message, **({"detail": detail} if detail else {})}


class WechatTill(Till):
    """`folder` keeps keys and books, so that one that is started again is the same merchant's.

    With `bare` it signs as it does for merchants that were given its public key; otherwise by platform certificates.
    The clock moves what happens at a time: the next attempt of a notice, the end of an order, the day of a bill.
    Signatures bear the real time, plus `skew`, as if the merchant's clock had been moved along.
    """

    name = "wechat"
    pauses = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)

    def __init__(
        self,
        books: Books | None = None,
        *,
        folder: Path | None = None,
        secrets: keys.Keys | None = None,
        bare: bool = True,
    ) -> None:
        self.keys, self.folder = secrets or keys.kept(folder), folder
        super().__init__(books or (Books(folder / "wechat-books.json") if folder else None))
        self.mchid, self.appid = "1900000001", "wx0123456789abcdef"
        self.openid = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"  # of whoever holds the phone
        self.skew = 0
        self.refund_ends: str | None = "SUCCESS"  # ABNORMAL, CLOSED; None waits for `end_refund`
        self.refunds_at_once = False
        self.seal = self.keys.bare if bare else self.keys.certified[-1]
        self._routes_of_the_api()
        self._routes_of_people()

    def environment(self) -> dict[str, str]:
        bare = self.keys.bare if self.seal.is_bare else None
        return {
            "WECHAT_MCHID": self.mchid,
            "WECHAT_APPID": self.appid,
            "WECHAT_APP_SECRET": self.keys.app_secret,
            "WECHAT_API_V3_KEY": self.keys.api_v3,
            "WECHAT_CERT_SERIAL": self.keys.merchant.serial,
            "WECHAT_PRIVATE_KEY": self.keys.merchant.private,
            "WECHAT_PUBLIC_KEY": bare.public if bare else "",
            "WECHAT_PUBLIC_KEY_ID": bare.serial if bare else "",
            "WECHAT_API": self.url,
            "WECHAT_OPEN": self.url,
        }

    def _routes_of_the_api(self) -> None:
        order, refunds = r"/v3/pay/transactions/out-trade-no/(?P<number>[^/]+)", "/v3/refund/domestic/refunds"
        self._api("POST", r"/v3/pay/transactions/(?P<way>native|jsapi|h5)", self._prepay)
        self._api("GET", order, self._query)
        self._api("POST", f"{order}/close", self._close)
        self._api("POST", refunds, self._refund)
        self._api("GET", f"{refunds}/(?P<number>[^/]+)", self._query_refund)
        self._api("GET", "/v3/certificates", self._certificates)
        self._api("GET", "/v3/bill/tradebill", self._bill)
        self.on("GET", "/v3/billdownload/file", self._download)

    def _routes_of_people(self) -> None:
        for path in ("/scan/(?P<token>[^/]+)", "/h5", "/sheet"):
            self.on("GET", path, self._page)
            self.on("POST", path, self._paid_on_page)
        self.on("GET", "/bridge.js", lambda _: Reply(pages.bridge(self.url), kind="text/javascript"))
        self.on("GET", "/connect/oauth2/authorize", self._authorize)
        self.on("GET", "/sns/oauth2/access_token", self._access_token)

    # What a test or a person at the machine does

    def pay(self, number: str) -> Letter | None:
        """The buyer pays the order; nothing when it cannot be paid any more."""
        with self.books.lock:
            trade = self.books["trades"][number]
            if self._state(trade) != "NOTPAY":
                return None
            transaction = f"4200{self.clock.now():.0f}{secrets.randbelow(10**14):014d}"
            trade |= {"paid_at": self.clock.now(), "transaction_id": transaction, "openid": self.openid}
            self.books.save()
            told = self._said_of(trade)
        return self.notify(trade["asked"]["notify_url"], "TRANSACTION.SUCCESS", "支付成功", told)

    def end_refund(self, number: str, status: str = "SUCCESS") -> Letter | None:
        """SUCCESS, ABNORMAL or CLOSED. One that is abnormal may still succeed."""
        with self.books.lock:
            refund = self.books["refunds"][number]
            if refund["status"] not in ("PROCESSING", "ABNORMAL"):
                return None
            done = self.clock.now() if status == "SUCCESS" else None
            refund |= {"status": status, "done_at": done}
            self.books.save()
            told = self._notice_of(refund)
        url = refund["notify_url"]
        return self.notify(url, f"REFUND.{status}", WORDS[status], told, about="refund") if url else None

    def notify(self, url: str, event: str, summary: str, told: Row, *, about: str = "transaction") -> Letter:
        """Post a notice, again and again until it is answered."""
        return self.post.send(url, self.written(event, summary, told, about=about))

    def written(
        self, event: str, summary: str, told: Row, *, about: str = "transaction"
    ) -> Callable[[], tuple[dict[str, str], bytes]]:
        """What writes a notice: the same event each time, signed anew with the seal of the moment."""
        notice = {
            "id": str(uuid.uuid4()),
            "create_time": _when(self.clock.now()),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": summary,
            "resource": {"original_type": about, **self.keys.encrypt(json.dumps(told, ensure_ascii=False), about)},
        }
        body = json.dumps(notice, ensure_ascii=False)
        return lambda: ({"Content-Type": "application/json", **self.signature(body)}, body.encode())

    def signature(self, body: str, seal: keys.Seal | None = None) -> dict[str, str]:
        """The headers that make a body WeChat's."""
        seal, at, nonce = seal or self.seal, str(int(time.time()) + self.skew), uuid.uuid4().hex
        return {
            "Wechatpay-Serial": seal.serial,
            "Wechatpay-Timestamp": at,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": seal.sign(at, nonce, body),
            "Wechatpay-Signature-Type": SCHEME,
        }

    def rotate(self) -> keys.Seal:
        """A new platform certificate, which signs from now on; the old one is valid beside it."""
        self.seal = keys.certified("Tenpay.com Root CA")
        self.keys.seals.append(self.seal)
        keys.keep(self.keys, self.folder)
        return self.seal

    def retire(self, seal: keys.Seal) -> None:
        self.keys.seals.remove(seal)
        keys.keep(self.keys, self.folder)

    def bridge(self, params: dict[str, str], *, pays: bool = True) -> str:
        """What WeixinJSBridge says of getBrandWCPayRequest: ok, cancel, fail."""
        trade = self._called_up(params)
        if trade is None:
            return "fail"
        if not pays:
            return "cancel"
        return "ok" if self.pay(trade["out_trade_no"]) else "fail"

    def bridge_script(self) -> str:
        """For a browser that plays WeChat's: run it before the page's own scripts."""
        return pages.bridge(self.url)

    # The merchant's API

    def _api(self, method: str, path: str, handler: Callable[[Ask], Row | None]) -> None:
        self.on(method, path, partial(self._serve, handler))

    def _serve(self, handler: Callable[[Ask], Row | None], ask: Ask) -> Reply:
        try:
            self._check(ask)
            with self.books.lock:
                said = handler(ask)
                self.books.save()
        except Refusal as refusal:  # not signed, as theirs are not
            return Reply(
                json.dumps(refusal.said, ensure_ascii=False), refusal.status, "application/json; charset=utf-8"
            )
        body = "" if said is None else json.dumps(said, ensure_ascii=False)
        headers = {"Request-ID": uuid.uuid4().hex.upper(), **self.signature(body, self._wanted_seal(ask))}
        return Reply(body, 204 if said is None else 200, "application/json; charset=utf-8", headers)

    def _wanted_seal(self, ask: Ask) -> keys.Seal:
        """A merchant that names a key is answered with it."""
        named = self.keys.seal(ask.headers.get("Wechatpay-Serial", ""))
        certificate = self.seal if not self.seal.is_bare else self.keys.certified[-1]
        return named or certificate

    def _check(self, ask: Ask) -> None:
        """That the merchant sent this, just now. Everything of the request but its headers is under the signature."""
        scheme, _, rest = ask.headers.get("Authorization", "").partition(" ")
        parts = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        if {"mchid", "nonce_str", "signature", "timestamp", "serial_no"} - parts.keys() or not rest:
            raise Refusal(401, "SIGN_ERROR", "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
        if scheme != SCHEME:
            raise Refusal(401, "SIGN_ERROR", f"Http头Authorization认证类型不正确，请使用{SCHEME}")
        if not ask.headers.get("User-Agent") or ask.headers.get("Accept") not in ("application/json", "*/*"):
            raise Refusal(400, "PARAM_ERROR", "Http头缺少Accept或User-Agent")
        at = parts["timestamp"]
        if not re.fullmatch("[0-9]{1,12}", at) or abs(time.time() - int(at)) > FRESH_SECONDS:
            raise Refusal(401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
        if parts["mchid"] != self.mchid or parts["serial_no"] != self.keys.merchant.serial:
            raise Refusal(401, "SIGN_ERROR", "商户证书序列号有误。请使用签名私钥匹配的证书序列号")
        lines = (ask.method, ask.target, at, parts["nonce_str"], ask.body.decode())
        if not self.keys.merchant.has_signed(parts["signature"], *lines):
            raise Refusal(401, "SIGN_ERROR", "错误的签名，验签失败", **_sign_detail(lines))

    def _prepay(self, ask: Ask) -> Row:
        asked, trade_type = ask.json, TRADE_TYPES[ask.found["way"]]
        self._check_order(asked, trade_type)
        known = self.books["trades"].get(asked["out_trade_no"])
        if known:
            _check_again(known, asked, trade_type, self._state(known))
        trade = known or self._opened(asked, trade_type)
        trade["prepaid_at"] = self.clock.now()
        return self._way_in(trade)

    def _check_order(self, asked: Row, trade_type: str) -> None:
        for name in ("appid", "mchid", "description", "out_trade_no", "notify_url"):
            _need(isinstance(asked.get(name), str) and asked[name], name)
        _need(ORDER_NUMBER.fullmatch(asked["out_trade_no"]), "out_trade_no")
        _need(len(asked["description"].encode()) <= 127 * 3 and len(asked["description"]) <= 127, "description")
        _need(asked["notify_url"].startswith("http") and "?" not in asked["notify_url"], "notify_url")
        amount = asked.get("amount") or {}
        _need(isinstance(amount.get("total"), int) and amount["total"] > 0, "amount.total")
        _need(amount.get("currency", "CNY") == "CNY", "amount.currency")
        if asked["mchid"] != self.mchid:
            raise Refusal(400, "MCH_NOT_EXISTS", "商户号不存在")
        if asked["appid"] != self.appid:
            raise Refusal(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
        if trade_type == "JSAPI":
            _need((asked.get("payer") or {}).get("openid"), "payer.openid")
        if trade_type == "MWEB":
            scene = asked.get("scene_info") or {}
            _need(scene.get("payer_client_ip") and (scene.get("h5_info") or {}).get("type"), "scene_info")

    def _opened(self, asked: Row, trade_type: str) -> Row:
        trade = {
            "out_trade_no": asked["out_trade_no"],
            "asked": asked,
            "trade_type": trade_type,
            "token": secrets.token_urlsafe(9),
            "prepay_id": f"wx{datetime.now(BEIJING):%d%H%M%S}{uuid.uuid4().hex[:26]}",
            "transaction_id": "",
            "openid": "",
            "paid_at": None,
            "is_closed": False,
        }
        self.books["trades"][asked["out_trade_no"]] = trade
        return trade

    def _way_in(self, trade: Row) -> Row:
        if trade["trade_type"] == "NATIVE":
            return {"code_url": f"{self.url}/scan/{trade['token']}"}
        if trade["trade_type"] == "MWEB":
            package = {"prepay_id": trade["prepay_id"], "package": trade["token"]}
            return {"h5_url": f"{self.url}/h5?{urlencode(package)}"}
        return {"prepay_id": trade["prepay_id"]}

    def _query(self, ask: Ask) -> Row:
        self._check_mchid(ask.query.get("mchid"))
        return self._said_of(self._trade(ask.found["number"]))

    def _close(self, ask: Ask) -> None:
        self._check_mchid(ask.json.get("mchid"))
        trade = self._trade(ask.found["number"])
        if trade["paid_at"]:
            raise Refusal(400, "ORDERPAID", "订单已支付，不能发起关单")
        trade["is_closed"] = True

    def _check_mchid(self, mchid: str | None) -> None:
        if mchid != self.mchid:
            raise Refusal(400, "PARAM_ERROR", "商户号有误", field="mchid")

    def _trade(self, number: str) -> Row:
        trade = self.books["trades"].get(number)
        if trade is None:
            raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
        return trade

    def _state(self, trade: Row) -> str:
        if trade["paid_at"]:
            refunded = any(one["out_trade_no"] == trade["out_trade_no"] for one in self.books["refunds"].values())
            return "REFUND" if refunded else "SUCCESS"
        until = trade["asked"].get("time_expire")
        is_over = until and datetime.fromisoformat(until).timestamp() <= self.clock.now()
        return "CLOSED" if trade["is_closed"] or is_over else "NOTPAY"

    def _said_of(self, trade: Row) -> Row:
        asked, state = trade["asked"], self._state(trade)
        told = {"appid": asked["appid"], "mchid": asked["mchid"], "out_trade_no": trade["out_trade_no"]}
        told |= {"trade_state": state, "trade_state_desc": STATES[state], "attach": asked.get("attach", "")}
        if not trade["paid_at"]:
            return told
        total = asked["amount"]["total"]
        amount = {"total": total, "payer_total": total, "currency": "CNY", "payer_currency": "CNY"}
        return told | {
            "transaction_id": trade["transaction_id"],
            "trade_type": trade["trade_type"],
            "bank_type": "OTHERS",
            "success_time": _when(trade["paid_at"]),
            "payer": {"openid": trade["openid"]},
            "amount": amount,
        }

    def _refund(self, ask: Ask) -> Row:
        asked = ask.json
        amount = asked.get("amount") or {}
        _need(REFUND_NUMBER.fullmatch(asked.get("out_refund_no", "")), "out_refund_no")
        _need(all(isinstance(amount.get(name), int) and amount[name] > 0 for name in ("refund", "total")), "amount")
        _need(amount.get("currency") == "CNY", "amount.currency")
        trade = self._refunded_trade(asked)
        refund = self.books["refunds"].get(asked["out_refund_no"])
        if refund:
            _check_same_refund(refund, trade, amount)
            return self._told_of(refund)
        self._check_refund(trade, amount)
        return self._begun_refund(trade, asked)

    def _refunded_trade(self, asked: Row) -> Row:
        for trade in self.books["trades"].values():
            wanted = {"transaction_id": asked.get("transaction_id"), "out_trade_no": asked.get("out_trade_no")}
            if trade["paid_at"] and any(value and trade[name] == value for name, value in wanted.items()):
                return trade
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "订单不存在")

    def _check_refund(self, trade: Row, amount: Row) -> None:
        if amount["total"] != trade["asked"]["amount"]["total"]:
            raise Refusal(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        left = amount["total"] - self.given_back(trade["out_trade_no"])
        if not left:
            raise Refusal(400, "INVALID_REQUEST", "订单已全额退款")
        if amount["refund"] > left:
            raise Refusal(400, "INVALID_REQUEST", "申请退款金额大于订单可退金额")

    def given_back(self, number: str) -> int:
        """Fen that have gone back or are on their way."""
        refunds = self.books["refunds"].values()
        return sum(one["amount"] for one in refunds if one["out_trade_no"] == number and one["status"] != "CLOSED")

    def _begun_refund(self, trade: Row, asked: Row) -> Row:
        number = asked["out_refund_no"]
        self.books["refunds"][number] = refund = {
            "out_refund_no": number,
            "out_trade_no": trade["out_trade_no"],
            "refund_id": f"5030{self.clock.now():.0f}{secrets.randbelow(10**14):014d}",
            "amount": asked["amount"]["refund"],
            "notify_url": asked.get("notify_url", ""),
            "status": "PROCESSING",
            "asked_at": self.clock.now(),
            "done_at": None,
        }
        told = self._told_of(refund)
        if self.refund_ends:
            self.end_refund(number, self.refund_ends)
        return self._told_of(refund) if self.refunds_at_once else told

    def _query_refund(self, ask: Ask) -> Row:
        refund = self.books["refunds"].get(ask.found["number"])
        if refund is None:
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return self._told_of(refund)

    def _told_of(self, refund: Row) -> Row:
        trade = self.books["trades"][refund["out_trade_no"]]
        total, given = trade["asked"]["amount"]["total"], refund["amount"]
        done = {"success_time": _when(refund["done_at"])} if refund["done_at"] else {}
        paid = {"total": total, "refund": given, "payer_total": total, "payer_refund": given, "currency": "CNY"}
        return {
            "refund_id": refund["refund_id"],
            "out_refund_no": refund["out_refund_no"],
            "transaction_id": trade["transaction_id"],
            "out_trade_no": refund["out_trade_no"],
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": _when(refund["asked_at"]),
            "status": refund["status"],
            "funds_account": "AVAILABLE",
            "amount": {**paid, "settlement_refund": given, "settlement_total": total, "discount_refund": 0},
            **done,
        }

    def _notice_of(self, refund: Row) -> Row:
        """Other names than in an answer, and no currency."""
        told = self._told_of(refund)
        amount = {name: told["amount"][name] for name in ("total", "refund", "payer_total", "payer_refund")}
        same = ("out_trade_no", "transaction_id", "out_refund_no", "refund_id", "user_received_account", "success_time")
        kept = {name: told[name] for name in same if name in told}
        return {"mchid": self.mchid, "refund_status": refund["status"], "amount": amount, **kept}

    def _certificates(self, ask: Ask) -> Row:
        """Every certificate that is valid now. Merchants who only ever had the public key have none."""
        if not self.keys.certified:
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")
        return {"data": [self._certificate(seal) for seal in self.keys.certified]}

    def _certificate(self, seal: keys.Seal) -> Row:
        now = time.time()
        return {
            "serial_no": seal.serial,
            "effective_time": _when(now - 86400),
            "expire_time": _when(now + keys.FIVE_YEARS.total_seconds()),
            "encrypt_certificate": self.keys.encrypt(seal.certificate, "certificate"),
        }

    def _bill(self, ask: Ask) -> Row:
        kind, day = ask.query.get("bill_type", "ALL"), _day(ask.query.get("bill_date", ""))
        _need(kind in bill.COLUMNS, "bill_type")
        begins = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
        if begins.timestamp() > self.clock.now():
            raise Refusal(400, "INVALID_REQUEST", "请求参数错误，请检查bill_date")
        if (begins + BILL_READY).timestamp() > self.clock.now():
            raise Refusal(400, "STATEMENT_CREATING", "账单生成中，请稍后再试")
        text = self.bill_text(day, kind)
        if not text:
            raise Refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        return self._laid_out(text, is_packed=ask.query.get("tar_type") == "GZIP")

    def bill_text(self, day: date, kind: str = "ALL") -> str:
        def on_the_day(seconds: float | None) -> bool:
            return bool(seconds) and bill.at(seconds or 0)[:10] == day.isoformat()

        trades = self.books["trades"]
        paid = [trade for trade in trades.values() if on_the_day(trade["paid_at"])]
        given = [one | {"trade": trades[one["out_trade_no"]]} for one in self.books["refunds"].values()]
        return bill.text(kind, paid, [one for one in given if on_the_day(one["asked_at"])])

    def _laid_out(self, text: str, *, is_packed: bool) -> Row:
        token = secrets.token_urlsafe(24)
        self.books["bills"][token] = {"text": text, "is_packed": is_packed, "until": self.clock.now() + FRESH_SECONDS}
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        url = f"{self.url}/v3/billdownload/file?token={token}"
        return {"hash_type": "SHA1", "hash_value": digest, "download_url": url}

    def _download(self, ask: Ask) -> Reply:
        """Asked with a signature, answered without one."""
        try:
            self._check(ask)
        except Refusal as refusal:
            return Reply(json.dumps(refusal.said, ensure_ascii=False), refusal.status)
        laid = self.books["bills"].get(ask.query.get("token", ""))
        if laid is None or laid["until"] < self.clock.now():
            return Reply('{"code":"INVALID_REQUEST","message":"下载地址已失效"}', 400)
        data = laid["text"].encode()
        return Reply(gzip.compress(data) if laid["is_packed"] else data, kind="application/octet-stream")

    # The buyer's pages

    def _page(self, ask: Ask) -> Reply:
        trade = self._shown(ask)
        if trade is None:
            return pages.said(LOST, status=400)
        if self._state(trade) != "NOTPAY":
            return pages.said(STATES[self._state(trade)])
        return pages.cashier(trade)

    def _paid_on_page(self, ask: Ask) -> Reply:
        trade = self._shown(ask)
        if trade is None:
            return pages.said(LOST, status=400)
        is_paid = ask.form.get("do") == "pay" and self.pay(trade["out_trade_no"]) is not None
        back = ask.query.get("redirect_url")
        return pages.redirect(back) if back else pages.said("支付成功" if is_paid else "已取消支付")

    def _shown(self, ask: Ask) -> Row | None:
        """The order that this page is about, if it may be called up this way and still in time."""
        if ask.path == "/sheet":
            return self._called_up(ask.query)
        if ask.path == "/h5" and not ask.headers.get("Referer"):
            return None  # WeChat asks from whose site the buyer comes
        name, value = ("package", ask.query.get("package")) if ask.path == "/h5" else ("token", ask.found["token"])
        trade_type = "MWEB" if name == "package" else "NATIVE"
        return self._in_time(trade_type, lambda trade: bool(value) and trade["token"] == value)

    def _called_up(self, params: dict[str, str]) -> Row | None:
        """What getBrandWCPayRequest asks for, if the merchant signed it."""
        lines = [params.get(name, "") for name in ("appId", "timeStamp", "nonceStr", "package")]
        signed = self.keys.merchant.has_signed(params.get("paySign", ""), *lines)
        if not signed or params.get("signType") != "RSA" or lines[0] != self.appid:
            return None
        prepay = lines[3].removeprefix("prepay_id=")
        trade = self._in_time("JSAPI", lambda trade: trade["prepay_id"] == prepay)
        return trade if trade and trade["asked"]["payer"]["openid"] == self.openid else None

    def _in_time(self, trade_type: str, is_meant: Callable[[Row], bool]) -> Row | None:
        for trade in self.books["trades"].values():
            is_young = self.clock.now() - trade["prepaid_at"] <= PREPAID_SECONDS[trade["trade_type"]]
            if trade["trade_type"] == trade_type and is_meant(trade):
                return trade if is_young or trade["paid_at"] else None
        return None

    def _authorize(self, ask: Ask) -> Reply:
        """Who is asked silently (snsapi_base) is sent back at once, with a code."""
        query = ask.query
        back = urlsplit(query.get("redirect_uri", ""))
        if query.get("appid") != self.appid or query.get("response_type") != "code" or not back.scheme:
            return pages.said("redirect_uri 参数错误", status=400)
        code = secrets.token_urlsafe(24)
        with self.books.lock:
            self.books["codes"][code] = {"openid": self.openid, "is_used": False}
        added = [*parse_qsl(back.query), ("code", code), ("state", query.get("state", ""))]
        return pages.redirect(back._replace(query=urlencode(added)).geturl())

    def _access_token(self, ask: Ask) -> Reply:
        query = ask.query
        code = self.books["codes"].get(query.get("code", ""))
        if query.get("appid") != self.appid:
            return _open_error(40013, "invalid appid")
        if query.get("secret") != self.keys.app_secret:
            return _open_error(40125, "invalid appsecret")
        if code is None or query.get("grant_type") != "authorization_code":
            return _open_error(40029, "invalid code")
        if code["is_used"]:
            return _open_error(40163, "code been used")
        code["is_used"] = True
        told = {"access_token": secrets.token_urlsafe(32), "expires_in": 7200, "openid": code["openid"]}
        return Reply(json.dumps(told | {"refresh_token": "", "scope": "snsapi_base"}), kind="text/plain")


def _need(holds: Any, field: str) -> None:
    if not holds:
        detail = {"field": f"/{field.replace('.', '/')}", "issue": "不符合要求", "location": "body"}
        raise Refusal(
            400, "PARAM_ERROR", f"输入源“/body/{field.replace('.', '/')}”映射到值字段的规则校验失败", **detail
        )


def _check_again(known: Row, asked: Row, trade_type: str, state: str) -> None:
    """The same number again is the same order, or nothing."""
    if state == "CLOSED":
        raise Refusal(400, "ORDER_CLOSED", "订单已关闭")
    if state != "NOTPAY":
        raise Refusal(400, "INVALID_REQUEST", "该订单已支付")
    if known["asked"] != asked or known["trade_type"] != trade_type:
        raise Refusal(403, "OUT_TRADE_NO_USED", "商户订单号重复")


def _check_same_refund(refund: Row, trade: Row, amount: Row) -> None:
    total = trade["asked"]["amount"]["total"]
    if (refund["out_trade_no"], refund["amount"], total) != (trade["out_trade_no"], amount["refund"], amount["total"]):
        raise Refusal(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")


def _sign_detail(lines: tuple[str, ...]) -> Row:
    message = "".join(f"{line}\n" for line in lines)
    shown = "".join(f"{line}\n" for line in (*lines[:4], lines[4][:8]))
    told = {"method": lines[0], "url": lines[1], "truncated_sign_message": shown}
    told["sign_message_length"] = str(len(message.encode()))
    return {"field": "signature", "issue": "sign not match", "location": "authorization", "sign_information": told}


def _open_error(number: int, message: str) -> Reply:
    return Reply(json.dumps({"errcode": number, "errmsg": message}), kind="text/plain")


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Refusal(400, "PARAM_ERROR", "bill_date格式错误", field="bill_date") from None


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, BEIJING).isoformat(timespec="seconds")

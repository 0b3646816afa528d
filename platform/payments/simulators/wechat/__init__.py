"""WeChat Pay, API v3: a merchant's counterpart that takes no money.

It speaks what https://pay.weixin.qq.com/doc/v3/merchant/ describes for a merchant of its own (直连商户): signed requests
and answers, native, JSAPI and H5 orders, refunds, encrypted notices that come again, bills, and openid by OAuth.
"""

import json
import re
import secrets
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

from payments.simulators.till import Ask, Books, Letter, Reply, Till
from payments.simulators.wechat import keys, pages
from payments.simulators.wechat.api import FRESH_SECONDS, Refusal, Row, when
from payments.simulators.wechat.bills import Bills
from payments.simulators.wechat.buyer import Buyer
from payments.simulators.wechat.orders import Orders
from payments.simulators.wechat.refunds import Refunds

SCHEME = "WECHATPAY2-SHA256-RSA2048"
WORDS = {"SUCCESS": "退款成功", "ABNORMAL": "退款异常", "CLOSED": "退款关闭"}


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
        known: keys.Keys | None = None,
        bare: bool = True,
    ) -> None:
        self.keys, self.folder = known or keys.kept(folder), folder
        super().__init__(books or (Books(folder / "wechat-books.json") if folder else None))
        self.mchid, self.appid = "1900000001", "wx0123456789abcdef"
        self.openid = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"  # of whoever holds the phone
        self.skew = 0
        self.refund_ends: str | None = "SUCCESS"  # ABNORMAL, CLOSED; None waits for `end_refund`
        self.refunds_at_once = False
        self.seal = self.keys.bare if bare else self.keys.certified[-1]
        self.orders, self.refunds, self.bills, self.buyer = Orders(self), Refunds(self), Bills(self), Buyer(self)
        self.api("GET", "/v3/certificates", self._certificates)

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

    def pay(self, number: str) -> Letter | None:
        """The buyer pays the order; nothing when it cannot be paid any more."""
        with self.books.lock:
            trade = self.books["trades"][number]
            if self.orders.state(trade) != "NOTPAY":
                return None
            transaction = f"4200{self.clock.now():.0f}{secrets.randbelow(10**14):014d}"
            trade |= {"paid_at": self.clock.now(), "transaction_id": transaction, "openid": self.openid}
            self.books.save()
            told = self.orders.told(trade)
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
            told = self.refunds.notice(refund)
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
            "create_time": when(self.clock.now()),
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
        trade = self.buyer.called_up(params)
        if trade is None:
            return "fail"
        if not pays:
            return "cancel"
        return "ok" if self.pay(trade["out_trade_no"]) else "fail"

    def bridge_script(self) -> str:
        """For a browser that plays WeChat's: run it before the page's own scripts."""
        return pages.bridge(self.url)

    def api(self, method: str, path: str, handler: Callable[[Ask], Row | None]) -> None:
        """A route for what a merchant has signed; None is answered 204."""
        self.on(method, path, partial(self._serve, handler))

    def _serve(self, handler: Callable[[Ask], Row | None], ask: Ask) -> Reply:
        try:
            self.check(ask)
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

    def check(self, ask: Ask) -> None:
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

    def _certificates(self, ask: Ask) -> Row:
        """Every certificate that is valid now. Merchants who only ever had the public key have none."""
        if not self.keys.certified:
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")
        return {"data": [self._certificate(seal) for seal in self.keys.certified]}

    def _certificate(self, seal: keys.Seal) -> Row:
        now = time.time()
        return {
            "serial_no": seal.serial,
            "effective_time": when(now - 86400),
            "expire_time": when(now + keys.FIVE_YEARS.total_seconds()),
            "encrypt_certificate": self.keys.encrypt(seal.certificate, "certificate"),
        }


def _sign_detail(lines: tuple[str, ...]) -> Row:
    message = "".join(f"{line}\n" for line in lines)
    shown = "".join(f"{line}\n" for line in (*lines[:4], lines[4][:8]))
    told = {"method": lines[0], "url": lines[1], "truncated_sign_message": shown}
    told["sign_message_length"] = str(len(message.encode()))
    return {"field": "signature", "issue": "sign not match", "location": "authorization", "sign_information": told}

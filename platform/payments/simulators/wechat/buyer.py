"""The buyer: scans a code, comes from a phone's browser, sees the sheet inside WeChat, is recognised there."""

import json
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from payments.simulators.till import Ask, Reply
from payments.simulators.wechat import pages
from payments.simulators.wechat.api import Row
from payments.simulators.wechat.orders import STATES

if TYPE_CHECKING:
    from payments.simulators.wechat import WechatTill

HOUR = 3600
PREPAID_SECONDS = {"NATIVE": 2 * HOUR, "JSAPI": 2 * HOUR, "MWEB": 5 * 60}
LOST = "商家参数格式有误，请联系商家解决"


class Buyer:
    def __init__(self, till: "WechatTill") -> None:
        self.till = till
        for path in ("/scan/(?P<token>[^/]+)", "/h5", "/sheet"):
            till.on("GET", path, self._page)
            till.on("POST", path, self._paid_on_page)
        till.on("GET", "/bridge.js", lambda _: Reply(pages.bridge(till.url), kind="text/javascript"))
        till.on("GET", "/connect/oauth2/authorize", self._authorize)
        till.on("GET", "/sns/oauth2/access_token", self._access_token)

    def _page(self, ask: Ask) -> Reply:
        trade = self._shown(ask)
        if trade is None:
            return pages.said(LOST, status=400)
        if self.till.orders.state(trade) != "NOTPAY":
            return pages.said(STATES[self.till.orders.state(trade)])
        return pages.cashier(trade)

    def _paid_on_page(self, ask: Ask) -> Reply:
        trade = self._shown(ask)
        if trade is None:
            return pages.said(LOST, status=400)
        is_paid = ask.form.get("do") == "pay" and self.till.pay(trade["out_trade_no"]) is not None
        back = ask.query.get("redirect_url")
        return pages.redirect(back) if back else pages.said("支付成功" if is_paid else "已取消支付")

    def _shown(self, ask: Ask) -> Row | None:
        """The order that this page is about, if it may be called up this way and still in time."""
        if ask.path == "/sheet":
            return self.called_up(ask.query)
        if ask.path == "/h5" and not ask.headers.get("Referer"):
            return None  # WeChat asks from whose site the buyer comes
        name, value = ("package", ask.query.get("package")) if ask.path == "/h5" else ("token", ask.found["token"])
        trade_type = "MWEB" if name == "package" else "NATIVE"
        return self._in_time(trade_type, lambda trade: bool(value) and trade["token"] == value)

    def called_up(self, params: dict[str, str]) -> Row | None:
        """What getBrandWCPayRequest asks for, if the merchant signed it."""
        lines = [params.get(name, "") for name in ("appId", "timeStamp", "nonceStr", "package")]
        signed = self.till.keys.merchant.has_signed(params.get("paySign", ""), *lines)
        if not signed or params.get("signType") != "RSA" or lines[0] != self.till.appid:
            return None
        prepay = lines[3].removeprefix("prepay_id=")
        trade = self._in_time("JSAPI", lambda trade: trade["prepay_id"] == prepay)
        return trade if trade and trade["asked"]["payer"]["openid"] == self.till.openid else None

    def _in_time(self, trade_type: str, is_meant: Callable[[Row], bool]) -> Row | None:
        for trade in self.till.books["trades"].values():
            is_young = self.till.clock.now() - trade["prepaid_at"] <= PREPAID_SECONDS[trade["trade_type"]]
            if trade["trade_type"] == trade_type and is_meant(trade):
                return trade if is_young or trade["paid_at"] else None
        return None

    def _authorize(self, ask: Ask) -> Reply:
        """Who is asked silently (snsapi_base) is sent back at once, with a code."""
        query = ask.query
        back = urlsplit(query.get("redirect_uri", ""))
        if query.get("appid") != self.till.appid or query.get("response_type") != "code" or not back.scheme:
            return pages.said("redirect_uri 参数错误", status=400)
        code = secrets.token_urlsafe(24)
        with self.till.books.lock:
            self.till.books["codes"][code] = {"openid": self.till.openid, "is_used": False}
        added = [*parse_qsl(back.query), ("code", code), ("state", query.get("state", ""))]
        return pages.redirect(back._replace(query=urlencode(added)).geturl())

    def _access_token(self, ask: Ask) -> Reply:
        query = ask.query
        code = self.till.books["codes"].get(query.get("code", ""))
        if query.get("appid") != self.till.appid:
            return _open_error(40013, "invalid appid")
        if query.get("secret") != self.till.keys.app_secret:
            return _open_error(40125, "invalid appsecret")
        if code is None or query.get("grant_type") != "authorization_code":
            return _open_error(40029, "invalid code")
        if code["is_used"]:
            return _open_error(40163, "code been used")
        code["is_used"] = True
        told = {"access_token": secrets.token_urlsafe(32), "expires_in": 7200, "openid": code["openid"]}
        return Reply(json.dumps(told | {"refresh_token": "", "scope": "snsapi_base"}), kind="text/plain")


def _open_error(number: int, message: str) -> Reply:
    return Reply(json.dumps({"errcode": number, "errmsg": message}), kind="text/plain")

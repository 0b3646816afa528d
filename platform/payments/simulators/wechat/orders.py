"""Orders: opened in one of three ways, asked about, closed."""

import re
import secrets
import uuid
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from payments.simulators.till import Ask
from payments.simulators.wechat.api import Refusal, Row, need, when
from payments.simulators.wechat.layout import BEIJING

if TYPE_CHECKING:
    from payments.simulators.wechat import WechatTill

ORDER_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
LONGEST_DESCRIPTION = 127
TRADE_TYPES = {"native": "NATIVE", "jsapi": "JSAPI", "h5": "MWEB"}
STATES = {"SUCCESS": "支付成功", "REFUND": "转入退款", "NOTPAY": "订单未支付", "CLOSED": "订单已关闭"}


class Orders:
    def __init__(self, till: "WechatTill") -> None:
        self.till = till
        path = r"/v3/pay/transactions/out-trade-no/(?P<number>[^/]+)"
        till.api("POST", r"/v3/pay/transactions/(?P<way>native|jsapi|h5)", self._prepay)
        till.api("GET", path, self._query)
        till.api("POST", f"{path}/close", self._close)

    def _prepay(self, ask: Ask) -> Row:
        asked, trade_type = ask.json, TRADE_TYPES[ask.found["way"]]
        self._check_order(asked, trade_type)
        known = self.till.books["trades"].get(asked["out_trade_no"])
        if known:
            _check_again(known, asked, trade_type, self.state(known))
        trade = known or self._opened(asked, trade_type)
        trade["prepaid_at"] = self.till.clock.now()
        return self._way_in(trade)

    def _check_order(self, asked: Row, trade_type: str) -> None:
        for name in ("appid", "mchid", "description", "out_trade_no", "notify_url"):
            need(isinstance(asked.get(name), str) and asked[name], name)
        need(ORDER_NUMBER.fullmatch(asked["out_trade_no"]), "out_trade_no")
        need(len(asked["description"]) <= LONGEST_DESCRIPTION, "description")
        need(asked["notify_url"].startswith("http") and "?" not in asked["notify_url"], "notify_url")
        amount = asked.get("amount") or {}
        need(isinstance(amount.get("total"), int) and amount["total"] > 0, "amount.total")
        need(amount.get("currency", "CNY") == "CNY", "amount.currency")
        if asked["mchid"] != self.till.mchid:
            raise Refusal(400, "MCH_NOT_EXISTS", "商户号不存在")
        if asked["appid"] != self.till.appid:
            raise Refusal(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
        if trade_type == "JSAPI":
            need((asked.get("payer") or {}).get("openid"), "payer.openid")
        if trade_type == "MWEB":
            scene = asked.get("scene_info") or {}
            need(scene.get("payer_client_ip") and (scene.get("h5_info") or {}).get("type"), "scene_info")

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
        self.till.books["trades"][asked["out_trade_no"]] = trade
        return trade

    def _way_in(self, trade: Row) -> Row:
        if trade["trade_type"] == "NATIVE":
            return {"code_url": f"{self.till.url}/scan/{trade['token']}"}
        if trade["trade_type"] == "MWEB":
            package = {"prepay_id": trade["prepay_id"], "package": trade["token"]}
            return {"h5_url": f"{self.till.url}/h5?{urlencode(package)}"}
        return {"prepay_id": trade["prepay_id"]}

    def _query(self, ask: Ask) -> Row:
        self._check_mchid(ask.query.get("mchid"))
        return self.told(self._trade(ask.found["number"]))

    def _close(self, ask: Ask) -> None:
        self._check_mchid(ask.json.get("mchid"))
        trade = self._trade(ask.found["number"])
        if trade["paid_at"]:
            raise Refusal(400, "ORDERPAID", "订单已支付，不能发起关单")
        trade["is_closed"] = True

    def _check_mchid(self, mchid: str | None) -> None:
        if mchid != self.till.mchid:
            raise Refusal(400, "PARAM_ERROR", "商户号有误", field="mchid")

    def _trade(self, number: str) -> Row:
        trade = self.till.books["trades"].get(number)
        if trade is None:
            raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
        return trade

    def state(self, trade: Row) -> str:
        if trade["paid_at"]:
            refunded = any(one["out_trade_no"] == trade["out_trade_no"] for one in self.till.books["refunds"].values())
            return "REFUND" if refunded else "SUCCESS"
        until = trade["asked"].get("time_expire")
        is_over = until and datetime.fromisoformat(until).timestamp() <= self.till.clock.now()
        return "CLOSED" if trade["is_closed"] or is_over else "NOTPAY"

    def told(self, trade: Row) -> Row:
        asked, state = trade["asked"], self.state(trade)
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
            "success_time": when(trade["paid_at"]),
            "payer": {"openid": trade["openid"]},
            "amount": amount,
        }


def _check_again(known: Row, asked: Row, trade_type: str, state: str) -> None:
    """The same number again is the same order, or nothing."""
    if state == "CLOSED":
        raise Refusal(400, "ORDER_CLOSED", "订单已关闭")
    if state != "NOTPAY":
        raise Refusal(400, "INVALID_REQUEST", "该订单已支付")
    if known["asked"] != asked or known["trade_type"] != trade_type:
        raise Refusal(403, "OUT_TRADE_NO_USED", "商户订单号重复")

"""Money on its way back: once for each number of the merchant's, never more than was paid."""

import re
import secrets
from typing import TYPE_CHECKING

from payments.simulators.till import Ask
from payments.simulators.wechat.api import Refusal, Row, need, when

if TYPE_CHECKING:
    from payments.simulators.wechat import WechatTill

REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")


class Refunds:
    def __init__(self, till: "WechatTill") -> None:
        self.till = till
        till.api("POST", "/v3/refund/domestic/refunds", self._refund)
        till.api("GET", "/v3/refund/domestic/refunds/(?P<number>[^/]+)", self._query)

    def _refund(self, ask: Ask) -> Row:
        asked = ask.json
        amount = asked.get("amount") or {}
        need(REFUND_NUMBER.fullmatch(asked.get("out_refund_no", "")), "out_refund_no")
        need(all(isinstance(amount.get(name), int) and amount[name] > 0 for name in ("refund", "total")), "amount")
        need(amount.get("currency") == "CNY", "amount.currency")
        trade = self._refunded_trade(asked)
        refund = self.till.books["refunds"].get(asked["out_refund_no"])
        if refund:
            _check_same_refund(refund, trade, amount)
            return self.told(refund)
        self._check_refund(trade, amount)
        return self._begun_refund(trade, asked)

    def _refunded_trade(self, asked: Row) -> Row:
        for trade in self.till.books["trades"].values():
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
        refunds = self.till.books["refunds"].values()
        return sum(one["amount"] for one in refunds if one["out_trade_no"] == number and one["status"] != "CLOSED")

    def _begun_refund(self, trade: Row, asked: Row) -> Row:
        number = asked["out_refund_no"]
        self.till.books["refunds"][number] = refund = {
            "out_refund_no": number,
            "out_trade_no": trade["out_trade_no"],
            "refund_id": f"5030{self.till.clock.now():.0f}{secrets.randbelow(10**14):014d}",
            "amount": asked["amount"]["refund"],
            "notify_url": asked.get("notify_url", ""),
            "status": "PROCESSING",
            "asked_at": self.till.clock.now(),
            "done_at": None,
        }
        told = self.told(refund)
        if self.till.refund_ends:
            self.till.end_refund(number, self.till.refund_ends)
        return self.told(refund) if self.till.refunds_at_once else told

    def _query(self, ask: Ask) -> Row:
        refund = self.till.books["refunds"].get(ask.found["number"])
        if refund is None:
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return self.told(refund)

    def told(self, refund: Row) -> Row:
        trade = self.till.books["trades"][refund["out_trade_no"]]
        total, given = trade["asked"]["amount"]["total"], refund["amount"]
        done = {"success_time": when(refund["done_at"])} if refund["done_at"] else {}
        paid = {"total": total, "refund": given, "payer_total": total, "payer_refund": given, "currency": "CNY"}
        return {
            "refund_id": refund["refund_id"],
            "out_refund_no": refund["out_refund_no"],
            "transaction_id": trade["transaction_id"],
            "out_trade_no": refund["out_trade_no"],
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": when(refund["asked_at"]),
            "status": refund["status"],
            "funds_account": "AVAILABLE",
            "amount": {**paid, "settlement_refund": given, "settlement_total": total, "discount_refund": 0},
            **done,
        }

    def notice(self, refund: Row) -> Row:
        """Other names than in an answer, and no currency."""
        told = self.told(refund)
        amount = {name: told["amount"][name] for name in ("total", "refund", "payer_total", "payer_refund")}
        same = ("out_trade_no", "transaction_id", "out_refund_no", "refund_id", "user_received_account", "success_time")
        kept = {name: told[name] for name in same if name in told}
        return {"mchid": self.till.mchid, "refund_status": refund["status"], "amount": amount, **kept}


def _check_same_refund(refund: Row, trade: Row, amount: Row) -> None:
    total = trade["asked"]["amount"]["total"]
    if (refund["out_trade_no"], refund["amount"], total) != (trade["out_trade_no"], amount["refund"], amount["total"]):
        raise Refusal(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")

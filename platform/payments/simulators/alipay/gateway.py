"""The one address merchants ask: a signed question in, an answer signed over its exact text out."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NoReturn

from payments.simulators.alipay import bill, keys, notices
from payments.simulators.alipay.desk import Desk, Refused, Trade, refunded, yuan
from payments.simulators.till import Reply

BILL_IS_MADE_AT = " 09:00:00"  # the next morning
NEEDED = {
    "method": "method",
    "sign": "signature",
    "sign_type": "signature-type",
    "timestamp": "timestamp",
    "version": "version",
}


def check(said: Mapping[str, str], *, app: str, pairs: keys.Keys) -> dict[str, Any]:
    """What is wished for. The order is the real gateway's: the app before the signature."""
    if said.get("app_id") != app:
        raise Refused("isv.invalid-app-id", "无效的AppID参数", "40002")
    for name, wanted in NEEDED.items():
        if not said.get(name):
            raise Refused(f"isv.missing-{wanted}", f"缺少参数：{name}", "40001")
    if said["sign_type"] != "RSA2":
        raise Refused("isv.invalid-signature-type", "无效的签名类型", "40002")
    text = keys.sorted_text(said)
    if not keys.is_signed(pairs.merchant, text, said["sign"]):
        raise Refused("isv.invalid-signature", f"验签出错，网关生成的验签字符串为：{text}", "40002")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", said["timestamp"]):
        raise Refused("isv.invalid-timestamp", "非法的时间戳参数", "40002")
    return _wish(said)


def signed(method: str, answer: dict[str, Any], pairs: keys.Keys) -> Reply:
    text = _json(answer)
    return _reply(f'{{"{_node(method)}":{text},"sign":"{keys.sign(pairs.alipay, text)}"}}')


def unsigned(method: str, answer: dict[str, Any]) -> Reply:
    """To an app that nobody knows."""
    return _reply(f'{{"{_node(method)}":{_json(answer)}}}')


class Methods:
    """What a merchant may ask. `tell` posts a notice about a trade, `address` makes a path into an address."""

    def __init__(
        self, desk: Desk, tell: Callable[[Trade, dict[str, str]], object], address: Callable[[str], str]
    ) -> None:
        self.desk, self.tell, self.address = desk, tell, address
        self.known: dict[str, Callable[[dict[str, Any], Mapping[str, str]], dict[str, Any]]] = {
            "alipay.trade.precreate": self.precreate,
            "alipay.trade.query": self.query,
            "alipay.trade.close": self.close,
            "alipay.trade.refund": self.refund,
            "alipay.trade.fastpay.refund.query": self.refund_query,
            "alipay.data.dataservice.bill.downloadurl.query": self.bill,
        }

    def answer(self, wish: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
        if said["method"] not in self.known:
            raise Refused("isv.invalid-method", "不存在的方法名", "40002")
        return {"code": "10000", "msg": "Success", **self.known[said["method"]](wish, said)}

    def hosted(self, wish: dict[str, Any], said: Mapping[str, str], way: str) -> Trade:
        urls = {name: said.get(name, "") for name in ("return_url", "notify_url")}
        return self.desk.begin(wish, way=way, quit_url=str(wish.get("quit_url") or ""), **urls)

    def precreate(self, wish: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
        trade = self.desk.begin(wish, way="qr", return_url="", quit_url="", notify_url=said.get("notify_url", ""))
        return {"out_trade_no": trade["out_trade_no"], "qr_code": self.address(f"/qr/{trade['token']}")}

    def query(self, wish: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
        trade = self.desk.find(wish)
        amount = yuan(trade["amount"])
        answer = {**_names(trade), "trade_status": trade["status"], "total_amount": amount, "point_amount": "0.00"}
        paid = amount if "paid_at" in trade else "0.00"
        answer |= dict.fromkeys(("buyer_pay_amount", "receipt_amount", "invoice_amount"), paid)
        if "paid_at" in trade:
            funds = [{"amount": amount, "fund_channel": "ALIPAYACCOUNT"}]
            answer |= {"send_pay_date": trade["paid_at"], "fund_bill_list": funds}
        return answer

    def close(self, wish: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
        trade = self.desk.find(wish)
        self.desk.close(trade)
        self.tell(trade, notices.closed(trade))
        return {"trade_no": trade["trade_no"], "out_trade_no": trade["out_trade_no"]}

    def refund(self, wish: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
        """Money moves once per number; `refund_fee` is what has gone back of the whole trade by now."""
        trade = self.desk.find(wish)
        made, moved = self.give_back(trade, wish)
        sums = {"refund_fee": yuan(refunded(trade)), "send_back_fee": yuan(made["amount"])}
        return {**_names(trade), **sums, "fund_change": "Y" if moved else "N", "gmt_refund_pay": made["at"]}

    def give_back(self, trade: Trade, wish: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        made, moved = self.desk.refund(trade, wish)
        if moved:
            self.tell(trade, notices.refunded(trade, made))
        return made, moved

    def refund_query(self, wish: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
        """10000 and nothing else for a refund that has not been made."""
        trade = self.desk.find(wish)
        made = trade["refunds"].get(wish.get("out_request_no"))
        if made is None:
            return {}
        answer = {
            "trade_no": trade["trade_no"],
            "out_trade_no": trade["out_trade_no"],
            "out_request_no": made["number"],
        }
        answer |= {"total_amount": yuan(trade["amount"]), "refund_amount": yuan(made["amount"])}
        answer["refund_status"] = "REFUND_SUCCESS"
        if "gmt_refund_pay" in (wish.get("query_options") or []):
            answer["gmt_refund_pay"] = made["at"]
        return answer

    def bill(self, wish: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
        """The same answer for a day whose bill is not made yet and for one on which nothing moved."""
        day, now = str(wish.get("bill_date") or ""), self.desk.moment()
        if wish.get("bill_type") != "trade" or not re.fullmatch(r"\d{4}-\d\d-\d\d", day) or day >= now[:10]:
            raise Refused("isv.invalid_arguments", "参数不合法")
        made_at = (date.fromisoformat(day) + timedelta(days=1)).isoformat() + BILL_IS_MADE_AT
        if now < made_at or not bill.lines(self.desk.trades(), day):
            raise Refused("isp.bill_not_exist", "账单不存在")
        return {"bill_download_url": self.address(f"/bill/{self.desk.ticket(day)}?fileType=csv.zip")}


def _names(trade: Trade) -> dict[str, Any]:
    buyer = {"buyer_user_id": notices.BUYER["buyer_id"], "buyer_logon_id": notices.BUYER["buyer_logon_id"]}
    return {"trade_no": trade["trade_no"], "out_trade_no": trade["out_trade_no"], **buyer}


def _wish(said: Mapping[str, str]) -> dict[str, Any]:
    try:
        wish = json.loads(said.get("biz_content") or "{}", parse_float=str)
    except ValueError:
        _illegal()
    return wish if isinstance(wish, dict) else _illegal()


def _illegal() -> NoReturn:
    raise Refused("isv.illegal-json", "biz_content不是合法的JSON", "40002")


def _node(method: str) -> str:
    return method.replace(".", "_") + "_response" if method else "error_response"


def _json(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")


def _reply(text: str) -> Reply:
    return Reply(text, kind="text/html;charset=utf-8")

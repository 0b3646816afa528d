"""The bill of a day, in WeChat's own layout: a grave accent before every value, amounts in yuan, a total at the end.

https://pay.weixin.qq.com/docs/merchant/apis/jsapi-payment/get-trade-bill.html and bills that merchants have published.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

BEIJING = timezone(timedelta(hours=8))
RATE = Decimal("0.006")
BEFORE = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额"
REFUND_TIMES = "退款申请时间,退款成功时间"
REFUND = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态"
AFTER = "商品名称,商户数据包,手续费,费率,订单金额"
COLUMNS = {
    "ALL": f"{BEFORE},{REFUND},{AFTER},申请退款金额,费率备注",
    "SUCCESS": f"{BEFORE},{AFTER},费率备注",
    "REFUND": f"{BEFORE},{REFUND_TIMES},{REFUND},{AFTER},申请退款金额,费率备注",
}
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def text(kind: str, trades: Iterable[dict[str, Any]], refunds: Iterable[dict[str, Any]]) -> str:
    """The file; empty when nothing happened. `kind` is ALL, SUCCESS or REFUND."""
    paid = [] if kind == "REFUND" else [_payment(trade) for trade in trades]
    given = [] if kind == "SUCCESS" else [_refund(refund) for refund in refunds]
    rows = sorted(paid + given, key=lambda row: row["交易时间"])
    if not rows:
        return ""
    columns = COLUMNS[kind].split(",")
    lines = [COLUMNS[kind], *(_line(row.get(column, "") for column in columns) for row in rows), TOTALS, _total(rows)]
    return "\ufeff" + "".join(f"{line}\r\n" for line in lines)


def at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _payment(trade: dict[str, Any]) -> dict[str, str]:
    yuan = _yuan(trade["asked"]["amount"]["total"])
    none = {
        "微信退款单号": "0",
        "商户退款单号": "0",
        "退款金额": "0.00",
        "充值券退款金额": "0.00",
        "申请退款金额": "0.00",
    }
    return {
        **_trade(trade),
        **none,
        "交易时间": at(trade["paid_at"]),
        "交易状态": "SUCCESS",
        "应结订单金额": yuan,
        "订单金额": yuan,
        "手续费": _fee(trade["asked"]["amount"]["total"]),
    }


def _refund(refund: dict[str, Any]) -> dict[str, str]:
    done = at(refund["done_at"]) if refund["done_at"] else ""
    yuan = _yuan(refund["amount"])
    return {
        **_trade(refund["trade"]),
        "交易时间": at(refund["asked_at"]),
        "交易状态": "REFUND",
        "应结订单金额": "0.00",
        "订单金额": "0.00",
        "退款申请时间": at(refund["asked_at"]),
        "退款成功时间": done,
        "微信退款单号": refund["refund_id"],
        "商户退款单号": refund["out_refund_no"],
        "退款金额": yuan,
        "充值券退款金额": "0.00",
        "退款类型": "ORIGINAL",
        "退款状态": {"ABNORMAL": "FAIL", "CLOSED": "FAIL"}.get(refund["status"], refund["status"]),
        "申请退款金额": yuan,
        "手续费": _fee(-refund["amount"]),
    }


def _trade(trade: dict[str, Any]) -> dict[str, str]:
    asked = trade["asked"]
    return {
        "公众账号ID": asked["appid"],
        "商户号": asked["mchid"],
        "特约商户号": "0",
        "微信订单号": trade["transaction_id"],
        "商户订单号": trade["out_trade_no"],
        "用户标识": trade["openid"],
        "交易类型": trade["trade_type"],
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "代金券金额": "0.00",
        "商品名称": asked["description"].replace(",", " "),
        "商户数据包": asked.get("attach", ""),
        "费率": "0.60%",
    }


def _total(rows: list[dict[str, str]]) -> str:
    names = ("应结订单金额", "退款金额", "充值券退款金额", "手续费", "订单金额", "申请退款金额")
    return _line([str(len(rows)), *(str(sum((Decimal(row[name]) for row in rows), Decimal())) for name in names)])


def _line(values: Iterable[str]) -> str:
    return ",".join(f"`{value}" for value in values)


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"


def _fee(fen: int) -> str:
    return str((Decimal(fen) / 100 * RATE).quantize(Decimal("0.00001"), ROUND_HALF_UP))

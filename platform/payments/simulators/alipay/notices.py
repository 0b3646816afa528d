"""What Alipay tells a merchant about a trade: parameters of the posted notices, and of the way back to the shop."""

import secrets
from typing import Any

from payments.simulators.alipay.desk import Trade, yuan

BUYER = {"buyer_id": "2088102122524333", "buyer_logon_id": "cat***@example.com"}


def paid(trade: Trade) -> dict[str, str]:
    amount = yuan(trade["amount"])
    sums = dict.fromkeys(("receipt_amount", "invoice_amount", "buyer_pay_amount"), amount)
    funds = f'[{{"amount":"{amount}","fundChannel":"ALIPAYACCOUNT"}}]'
    return {**_trade(trade), **sums, "point_amount": "0.00", "fund_bill_list": funds}


def refunded(trade: Trade, made: dict[str, Any]) -> dict[str, str]:
    """`refund_fee` is what has gone back of the whole trade by now. A refund without a number of its own is told by the
    trade's."""
    number = trade["trade_no"] if made["number"] == trade["out_trade_no"] else made["number"]
    said = {**_trade(trade), "out_biz_no": number, "refund_fee": yuan(made["total"]), "gmt_refund": made["at"] + ".143"}
    said["trade_status"] = made["status"]
    return said


def closed(trade: Trade) -> dict[str, str]:
    return _trade(trade)


def way_back(trade: Trade, *, app: str, seller: str, now: str) -> dict[str, str]:
    """Appended to the return address. It is not a proof of payment, only of the way the browser came."""
    kind = {"page": "alipay.trade.page.pay.return", "wap": "alipay.trade.wap.pay.return"}[trade["way"]]
    said = {"out_trade_no": trade["out_trade_no"], "trade_no": trade["trade_no"], "timestamp": now, "method": kind}
    said |= {"total_amount": yuan(trade["amount"]), "app_id": app, "auth_app_id": app, "seller_id": seller}
    return said | {"charset": "utf-8", "version": "1.0"}


def envelope(*, app: str, seller: str) -> dict[str, str]:
    """The same in every attempt to post one notice."""
    said = {"notify_type": "trade_status_sync", "notify_id": secrets.token_hex(17), "version": "1.0"}
    return said | {"app_id": app, "auth_app_id": app, "seller_id": seller, "charset": "utf-8"}


def _trade(trade: Trade) -> dict[str, str]:
    said = {name: str(trade[name]) for name in ("trade_no", "out_trade_no", "subject")}
    said |= {"trade_status": trade["status"], "total_amount": yuan(trade["amount"]), "gmt_create": trade["created_at"]}
    moments = {"gmt_payment": "paid_at", "gmt_close": "closed_at"}
    return said | BUYER | {name: trade[kept] for name, kept in moments.items() if kept in trade}

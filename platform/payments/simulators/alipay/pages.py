"""What the buyer sees at Alipay."""

from html import escape

from payments.simulators.alipay.desk import Refused, Trade, yuan
from payments.simulators.till import Reply, page

BUTTONS = (
    '<form method="post"><button class="go" name="do" value="pay">付款</button>'
    '<button name="do" value="decline">余额不足</button><button name="do" value="leave">返回商户</button></form>'
)
STATES = {"TRADE_SUCCESS": "付款成功", "TRADE_FINISHED": "付款成功", "TRADE_CLOSED": "交易已经关闭"}


def cashier(trade: Trade, said: str = "") -> Reply:
    told = f'<p role="alert">{escape(said)}</p>' if said else ""
    return page("支付宝收银台", f"{_order(trade)}{told}{BUTTONS}")


def over(trade: Trade) -> Reply:
    """Nothing can be paid here any more."""
    return page(STATES[trade["status"]], _order(trade))


def refused(refusal: Refused) -> Reply:
    """Pages about a wrong request are in GBK, whatever the request was in."""
    answer = refusal.answer
    inside = f"<p>错误代码 {escape(answer['sub_code'])}</p><p>{escape(answer['sub_msg'])}</p>"
    reply = page("支付宝：请求有误", inside)
    text = reply.body if isinstance(reply.body, str) else reply.body.decode()
    return Reply(text.encode("gbk", "xmlcharrefreplace"), kind="text/html;charset=GBK")


def _order(trade: Trade) -> str:
    return f"<p>{escape(trade['subject'])}</p><p><strong>¥{yuan(trade['amount'])}</strong></p>"

"""One attempt to pay, at WeChat: opened in the way of the buyer's surface, asked about, closed."""

import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from wechatpayv3 import WeChatPayType

from payments.errors import AttemptOver, NotClosable, NotPayable, ProviderUnreachable
from payments.models import Payment
from payments.providers.base import Bridge, GoTo, Scan, Step, Surface, Visit
from payments.providers.wechat.client import Answer, Client, Refused, ask, client

BEIJING = ZoneInfo("Asia/Shanghai")
DESCRIPTION_LENGTH = 127
USED = {"OUT_TRADE_NO_USED", "ORDER_CLOSED"}


def begin(payment: Payment, visit: Visit) -> Step:
    """Raises `AttemptOver` when WeChat knows this number as another order: it ties one to surface, address and person."""
    try:
        return _step(ask(lambda client: _open(client, payment, visit)), visit)
    except Refused as refusal:
        if _is_paid(refusal):
            raise NotPayable from refusal
        if refusal.code not in USED and "订单号重复" not in refusal.reason:
            raise
        _give_up(payment)
        raise AttemptOver from refusal


def close(payment: Payment) -> None:
    """Raises `NotClosable` when it has been paid."""
    try:
        ask(lambda client: client.close(payment.reference))
    except Refused as refusal:
        if _is_paid(refusal):
            raise NotClosable from refusal
        if refusal.code not in ("ORDER_NOT_EXIST", "ORDER_CLOSED"):
            raise ProviderUnreachable from refusal  # it may still be paid


def found(payment: Payment) -> dict[str, Any]:
    """What WeChat knows of it; nothing when it was never opened there."""
    return found_by(lambda client: client.query(out_trade_no=payment.reference))


def found_by(send: Callable[[Client], Answer]) -> dict[str, Any]:
    """An answer to a question: whatever else may be wrong with it, we do not know more than before."""
    try:
        return dict(ask(send))
    except Refused as refusal:
        if refusal.code in ("ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"):
            return {}
        raise ProviderUnreachable from refusal


def _give_up(payment: Payment) -> None:
    """Before another attempt is begun: the buyer must not be able to pay both."""
    try:
        close(payment)
    except NotClosable as refusal:
        raise NotPayable from refusal


def _is_paid(refusal: Refused) -> bool:
    return "PAID" in refusal.code or "已支付" in refusal.reason


def _open(client: Client, payment: Payment, visit: Visit) -> Answer:
    facts: dict[str, Any] = {
        "description": payment.order.title[:DESCRIPTION_LENGTH],
        "out_trade_no": payment.reference,
        "amount": {"total": payment.amount, "currency": payment.currency},
        "notify_url": visit.notify,
    }
    if payment.order.closes_at:
        facts["time_expire"] = payment.order.closes_at.astimezone(BEIJING).isoformat(timespec="seconds")
    answer: Answer = client.pay(**facts, **_way(visit))
    return answer


def _way(visit: Visit) -> dict[str, Any]:
    if visit.surface is Surface.WECHAT:
        return {"pay_type": WeChatPayType.JSAPI, "payer": {"openid": visit.openid}}
    if visit.surface is Surface.PHONE:
        scene = {"payer_client_ip": visit.ip or "127.0.0.1", "h5_info": {"type": "Wap"}}
        return {"pay_type": WeChatPayType.H5, "scene_info": scene}
    return {"pay_type": WeChatPayType.NATIVE}


def _step(said: dict[str, str], visit: Visit) -> Step:
    if visit.surface is Surface.WECHAT:
        return Bridge(_signed(said["prepay_id"]))
    if visit.surface is Surface.PHONE:
        return GoTo(f"{said['h5_url']}&{urlencode({'redirect_url': visit.come_back})}")
    return Scan(said["code_url"])


def _signed(prepay_id: str) -> dict[str, str]:
    """What WeixinJSBridge wants for getBrandWCPayRequest."""
    till = client()
    lines = {
        "appId": till._appid,
        "timeStamp": str(int(time.time())),
        "nonceStr": uuid.uuid4().hex,
        "package": f"prepay_id={prepay_id}",
    }
    return {**lines, "signType": "RSA", "paySign": till.sign(list(lines.values()))}

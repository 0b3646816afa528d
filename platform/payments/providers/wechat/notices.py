"""What WeChat says happened, as a notice of ours: told by its callback, or answered when asked."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from payments.errors import BadSignature, Unreadable, WrongReceiver
from payments.providers.base import Kind, Notice, check_fresh
from payments.providers.wechat.client import client

PAID_STATES = {"SUCCESS", "REFUND"}
REFUND_KINDS = {"SUCCESS": Kind.REFUNDED, "ABNORMAL": Kind.REFUND_FAILED, "CLOSED": Kind.REFUND_FAILED}
WORDS = {"ABNORMAL": _("微信退款异常：原来付款的账户收不了款"), "CLOSED": _("微信关闭了这笔退款")}


def read(headers: Mapping[str, str], body: bytes) -> Notice | None:
    """A callback. Raises `StaleNotice`, `BadSignature`, `Unreadable`, `WrongReceiver`."""
    event, said = _opened({name.lower(): value for name, value in headers.items()}, body)
    try:
        _check_receiver(said)
        if event == "TRANSACTION.SUCCESS":
            return paid(said)
        return refunded(said, status=said["refund_status"]) if event.startswith("REFUND.") else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable from error


def paid(said: dict[str, Any]) -> Notice | None:
    """None while it is not paid. The amount is what the order costs, whatever coupons WeChat paid for."""
    if said.get("trade_state") not in PAID_STATES:
        return None
    reference, amount = said["out_trade_no"], said["amount"]
    return Notice(
        event_id=f"paid:{reference}",
        kind=Kind.PAID,
        reference=reference,
        amount=int(amount["total"]),
        currency=str(amount["currency"]),
        at=_when(said.get("success_time")),
        payload=said,
    )


def refunded(said: dict[str, Any], *, status: str) -> Notice | None:
    """None while it is under way. A callback names no currency: WeChat gives back what was paid, in yuan."""
    if status not in REFUND_KINDS:
        return None
    kind, reference, amount = REFUND_KINDS[status], said["out_refund_no"], said["amount"]
    return Notice(
        event_id=f"{kind.value}:{reference}" if kind is Kind.REFUNDED else f"{kind.value}:{reference}:{status}",
        kind=kind,
        reference=said["out_trade_no"],
        amount=int(amount["refund"]),
        currency=str(amount.get("currency", "CNY")),
        refund_reference=reference,
        reason=str(WORDS.get(status, "")),
        at=_when(said.get("success_time")),
        payload=said,
    )


def _opened(headers: dict[str, str], body: bytes) -> tuple[str, dict[str, Any]]:
    """The event and what it is about, once it is sure that WeChat sealed it a moment ago."""
    _check_moment(headers.get("wechatpay-timestamp", ""))
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadSignature from error
    if not headers.get("wechatpay-signature") or not client().core.has_signed(headers, text):
        raise BadSignature
    try:
        event, said = json.loads(text)["event_type"], client().callback(headers, text)["resource"]
    except (KeyError, TypeError, ValueError) as error:  # not JSON, or sealed with another API v3 key
        raise Unreadable from error
    if not isinstance(event, str) or not isinstance(said, dict):
        raise Unreadable
    return event, said


def _check_moment(at: str) -> None:
    if not re.fullmatch("[0-9]{1,12}", at):
        raise BadSignature
    check_fresh(int(at))


def _check_receiver(said: dict[str, Any]) -> None:
    """A refund names no application."""
    ours = settings.WECHAT
    if said.get("mchid") != ours["mchid"] or said.get("appid", ours["appid"]) != ours["appid"]:
        raise WrongReceiver


def _when(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None

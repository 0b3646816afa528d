"""What Alipay posts: a signed form about a trade. Its facts are https://opendocs.alipay.com/open/270/105902."""

from typing import Any
from urllib.parse import parse_qsl

from alipay import AliPayException
from django.conf import settings

from payments.errors import BadSignature, Unreadable, WrongReceiver
from payments.models import Refund
from payments.providers.alipay import trades, written
from payments.providers.alipay.client import official
from payments.providers.base import Notice, check_fresh

PAID = ("TRADE_SUCCESS", "TRADE_FINISHED")


def read(body: bytes) -> Notice | None:
    """Raises a kind of `WebhookRefused`; `ProviderUnreachable` when it has to be asked what the notice leaves open."""
    said = _form(body)
    _check_signature(said)
    try:
        _check_receiver(said)
        _check_time(said)
        return _notice(said)
    except (KeyError, ValueError) as error:
        raise Unreadable from error


def _form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError as error:
        raise Unreadable from error


def _check_signature(said: dict[str, str]) -> None:
    """Over everything but `sign` and `sign_type`."""
    signed, sign = dict(said), said.get("sign", "")
    signed.pop("sign", None)
    if said.get("sign_type") != "RSA2":
        raise BadSignature
    try:
        if not official().verify(signed, sign):
            raise BadSignature
    except (AliPayException, ValueError) as error:
        raise BadSignature from error


def _check_receiver(said: dict[str, str]) -> None:
    if (said.get("app_id"), said.get("seller_id")) != (settings.ALIPAY["app_id"], settings.ALIPAY["seller_id"]):
        raise WrongReceiver


def _check_time(said: dict[str, str]) -> None:
    """Each attempt of Alipay's bears its own time, so an old one is a replay."""
    check_fresh(written.moment(said["notify_time"]).timestamp())


def _notice(said: dict[str, str]) -> Notice | None:
    told = {name: value for name, value in said.items() if name not in ("sign", "sign_type")}
    if written.fen(said.get("refund_fee") or "0") > 0:
        return _refunded(said, told)
    if said["trade_status"] not in PAID:
        return None  # closed without money, or the buyer has only begun
    at = written.moment(said["gmt_payment"])
    return trades.paid(said["out_trade_no"], written.fen(said["total_amount"]), at=at, payload=told)


def _refunded(said: dict[str, str], told: dict[str, Any]) -> Notice | None:
    """`refund_fee` is the sum of all that went back, so for a refund that we did not ask for, Alipay is asked."""
    reference, number, trade_no = said["out_trade_no"], said["out_biz_no"], said["trade_no"]
    known = Refund.objects.filter(reference=number, payment__reference=reference).first()
    if known and known.amount <= written.fen(said["refund_fee"]):
        at = written.moment(said["gmt_refund"])
        return trades.refunded(reference, number, known.amount, at=at, payload=told)
    found = trades.find_refund(reference, number, trade_no=trade_no)
    if found is None:
        raise Unreadable
    return found

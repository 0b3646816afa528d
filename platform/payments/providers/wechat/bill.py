"""WeChat's bill of a day: https://pay.weixin.qq.com/docs/merchant/apis/jsapi-payment/get-trade-bill.html"""

import gzip
import hashlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone

from payments.errors import BillNotReady, ProviderUnreachable
from payments.providers.base import BillLine, Kind
from payments.providers.wechat.client import Refused, ask
from payments.providers.wechat.orders import BEIJING

MADE_BY = timedelta(days=1, hours=10)  # after the midnight with which the day begins
PACKED = b"\x1f\x8b"
KINDS = {"SUCCESS": Kind.PAID, "REFUND": Kind.REFUNDED}
ON_ITS_WAY = {"SUCCESS", "PROCESSING"}  # a refund stands in the bill of the day it was asked for, and in no later one


def lines(day: date) -> list[BillLine]:
    """Raises `BillNotReady`, `ProviderUnreachable`."""
    try:
        laid = ask(lambda client: client.trade_bill(day.isoformat(), tar_type="GZIP"))
    except Refused as refusal:
        return _none(day, refusal)
    return list(_read(_fetched(laid).decode("utf-8-sig")))


def _none(day: date, refusal: Refused) -> list[BillLine]:
    """There is no bill of a day on which nothing moved, nor of one that is not over."""
    is_over = timezone.now() >= datetime.combine(day, time(), BEIJING) + MADE_BY
    if refusal.code == "NO_STATEMENT_EXIST" and is_over:
        return []
    if refusal.code in ("NO_STATEMENT_EXIST", "STATEMENT_CREATING") or not is_over:
        raise BillNotReady from refusal
    raise ProviderUnreachable from refusal


def _fetched(laid: dict[str, Any]) -> bytes:
    """The file, whole: its digest is over what is inside the package."""
    said = ask(lambda client: client.download_bill(laid["download_url"]))
    data = said.encode() if isinstance(said, str) else bytes(said)
    try:
        text = gzip.decompress(data) if data.startswith(PACKED) else data
    except (OSError, EOFError) as error:
        raise ProviderUnreachable from error
    digest = hashlib.new(laid["hash_type"].lower(), text, usedforsecurity=False).hexdigest()
    if digest != laid["hash_value"].lower():
        raise ProviderUnreachable
    return text


def _read(text: str) -> Iterator[BillLine]:
    head, *rows = text.splitlines()
    names = head.split(",")
    for row in rows:
        if not row.startswith("`"):
            return  # the heading of the totals
        found = _line(dict(zip(names, row[1:].split(",`"), strict=False)))
        if found:
            yield found


def _line(row: dict[str, str]) -> BillLine | None:
    kind = KINDS.get(row["交易状态"])
    is_refund = kind is Kind.REFUNDED
    if kind is None or (is_refund and row["退款状态"] not in ON_ITS_WAY):
        return None
    return BillLine(
        kind=kind,
        reference=row["商户订单号"],
        amount=_fen(row["申请退款金额" if is_refund else "订单金额"]),
        currency=row["货币种类"],
        refund_reference=row["商户退款单号"] if is_refund else "",
        at=datetime.fromisoformat(row["交易时间"]).replace(tzinfo=BEIJING),
        fee=_fen(row["手续费"]),
    )


def _fen(yuan: str) -> int:
    return int((Decimal(yuan) * 100).quantize(Decimal(1), ROUND_HALF_UP))

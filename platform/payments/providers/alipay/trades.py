"""What Alipay knows of a trade when it is asked, as the notices it posts would say it."""

from datetime import datetime
from typing import Any

from payments.errors import ProviderUnreachable
from payments.models import Payment
from payments.providers.alipay import written
from payments.providers.alipay.client import Refusal, ask
from payments.providers.base import Kind, Notice

NO_TRADE = "TRADE_NOT_EXIST"  # some methods write it with a prefix


def paid(reference: str, amount: int, *, at: datetime | None, payload: dict[str, Any]) -> Notice:
    return Notice(f"paid:{reference}", Kind.PAID, reference, amount, "CNY", at=at, payload=payload)


def refunded(reference: str, number: str, amount: int, *, at: datetime | None, payload: dict[str, Any]) -> Notice:
    kind = Kind.REFUNDED
    return Notice(f"refunded:{number}", kind, reference, amount, "CNY", refund_reference=number, at=at, payload=payload)


def find(reference: str) -> dict[str, Any] | None:
    """None for one that no buyer has begun."""
    return _unless_unknown("alipay.trade.query", out_trade_no=reference)


def all_of(payment: Payment) -> list[Notice]:
    """What has happened, oldest first."""
    trade = find(payment.reference)
    if trade is None:
        return []
    Payment.objects.filter(pk=payment.pk).update(provider_reference=trade["trade_no"])
    try:
        return [*_paid(payment.reference, trade), *_refunds(payment, trade)]
    except (KeyError, ValueError) as error:
        raise ProviderUnreachable from error


def find_refund(reference: str, number: str, *, trade_no: str = "") -> Notice | None:
    """None for one that has not been made. A refund without a number of its own is known by the trade's (notices say
    Alipay's, questions want ours): here it is called by Alipay's, which nothing else has."""
    number = number if number not in ("", reference) else trade_no
    wish = {"out_trade_no": reference, "out_request_no": reference if number == trade_no else number}
    answer = _unless_unknown("alipay.trade.fastpay.refund.query", **wish, query_options=["gmt_refund_pay"])
    if not answer or not answer.get("refund_amount"):
        return None
    if answer.get("refund_status", "REFUND_SUCCESS") != "REFUND_SUCCESS":
        return None
    try:
        amount = written.fen(str(answer["refund_amount"]))
    except ValueError as error:
        raise ProviderUnreachable from error
    at = written.moment_in(answer, "gmt_refund_pay")
    return refunded(reference, number, amount, at=at, payload=answer)


def _paid(reference: str, trade: dict[str, Any]) -> list[Notice]:
    """A closed trade has been paid if it has a time of payment: then all of it went back."""
    at = written.moment_in(trade, "send_pay_date")
    is_paid = trade["trade_status"] in ("TRADE_SUCCESS", "TRADE_FINISHED") or (
        trade["trade_status"] == "TRADE_CLOSED" and at is not None
    )
    return [paid(reference, written.fen(str(trade["total_amount"])), at=at, payload=trade)] if is_paid else []


def _refunds(payment: Payment, trade: dict[str, Any]) -> list[Notice]:
    """Ours, and one made at Alipay's own desk without a number; those with other numbers are told by notice and bill."""
    if trade["trade_status"] == "WAIT_BUYER_PAY" or not (payment.has_money or trade["trade_status"] == "TRADE_CLOSED"):
        return []
    trade_no = trade["trade_no"]
    numbers = dict.fromkeys([*payment.refunds.order_by("pk").values_list("reference", flat=True), trade_no])
    found = [find_refund(payment.reference, number, trade_no=trade_no) for number in numbers]
    return [notice for notice in found if notice]


def _unless_unknown(method: str, **wish: Any) -> dict[str, Any] | None:
    """Raises `ProviderUnreachable`: a question has no other clear no."""
    try:
        return ask(method, **wish)
    except Refusal as refusal:
        if refusal.code.endswith(NO_TRADE):
            return None
        raise ProviderUnreachable(refusal.code) from refusal

"""Alipay (支付宝): its own pages on desktop and phone, or a code on the desktop. Inside WeChat it is blocked, so not offered."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from payments.errors import NotClosable, ProviderRefused, ProviderUnreachable
from payments.models import Payment, Refund
from payments.providers.alipay import bill, notices, trades, written
from payments.providers.alipay.client import Refusal, ask, official
from payments.providers.base import BillLine, GoTo, Notice, Scan, Step, Surface, Visit

FORBIDDEN_IN_TITLES = str.maketrans("/=&", "／＝＆")
CODE_SECONDS = 3600  # Alipay's codes last two hours


class Alipay:
    label = _("支付宝")
    renews = False
    zone = "Asia/Shanghai"

    def serves(self, surface: Surface) -> bool:
        return surface is not Surface.WECHAT and settings.CURRENCY == "CNY"

    def start(self, *, payment: Payment, visit: Visit) -> Step:
        if payment.currency != "CNY":
            raise ProviderRefused(gettext("支付宝只收人民币。"))
        if visit.surface is Surface.WECHAT:
            raise ProviderRefused(gettext("微信里打不开支付宝，请换浏览器再付。"))
        wish = _wish(payment)
        if visit.surface is Surface.PHONE:
            return GoTo(_phone_page(wish, visit))
        if settings.ALIPAY["desktop"] == "qr":
            return Scan(_code(wish, visit))
        signed = official().api_alipay_trade_page_pay(**wish, return_url=visit.come_back, notify_url=visit.notify)
        return GoTo(official().address(signed))

    def read_notice(self, *, headers: Mapping[str, str], body: bytes) -> Notice | None:
        return notices.read(body)

    def thanks(self) -> tuple[int, str, str]:
        return 200, "text/plain", "success"

    def refusal(self, sentence: str) -> tuple[int, str, str]:
        return 400, "text/plain", "fail"

    def look_up(self, *, payment: Payment) -> list[Notice]:
        return trades.all_of(payment)

    def close(self, *, payment: Payment) -> None:
        """A trade that no buyer has begun cannot be closed there: it ends with the time given when it was started.

        Raises `NotClosable` when it has just been paid.
        """
        try:
            ask("alipay.trade.close", out_trade_no=payment.reference)
        except Refusal as refusal:
            trade = trades.find(payment.reference)
            if trade and trade.get("trade_status") != "TRADE_CLOSED":
                raise NotClosable from refusal

    def refund(self, *, refund: Refund) -> list[Notice]:
        payment = refund.payment
        wish = {"out_trade_no": payment.reference, "out_request_no": refund.reference}
        wish |= {"refund_amount": written.yuan(refund.amount), "refund_reason": refund.reason[:256]}
        try:
            answer = ask("alipay.trade.refund", **{name: value for name, value in wish.items() if value})
        except Refusal as refusal:
            return _refund_all_the_same(refund, refusal)
        if answer.get("fund_change") != "Y":  # asked before, or not done yet
            return [_done(refund)]
        at = written.moment_in(answer, "gmt_refund_pay")
        return [trades.refunded(payment.reference, refund.reference, refund.amount, at=at, payload=answer)]

    def bill(self, *, day: date) -> list[BillLine]:
        return bill.lines(day)


def _wish(payment: Payment) -> dict[str, str]:
    """The same for the same payment, whenever it is taken up again."""
    order = payment.order
    wish = {"subject": order.title.translate(FORBIDDEN_IN_TITLES)[:256], "out_trade_no": payment.reference}
    wish["total_amount"] = written.yuan(payment.amount)
    if order.closes_at and order.closes_at > timezone.now() + timedelta(minutes=1):
        wish["time_expire"] = written.local(order.closes_at)
    return wish


def _phone_page(wish: dict[str, str], visit: Visit) -> str:
    """Where the Alipay app opens if there is one; whoever gives up is sent to the order, too."""
    ways = {"return_url": visit.come_back, "quit_url": visit.come_back, "notify_url": visit.notify}
    return official().address(official().api_alipay_trade_wap_pay(**wish, **ways, product_code="QUICK_WAP_WAY"))


def _code(wish: dict[str, str], visit: Visit) -> str:
    """Asked for once: the page that shows it is loaded again and again."""
    key = f"alipay-code:{wish['out_trade_no']}"
    code = cache.get(key)
    if code is None:
        code = _new_code(wish, visit)
        cache.set(key, code, CODE_SECONDS)
    return str(code)


def _new_code(wish: dict[str, str], visit: Visit) -> str:
    try:
        return str(ask("alipay.trade.precreate", notify_url=visit.notify, **wish)["qr_code"])
    except Refusal as refusal:
        raise ProviderRefused(refusal.words) from refusal
    except KeyError as error:
        raise ProviderUnreachable from error


def _refund_all_the_same(refund: Refund, refusal: Refusal) -> list[Notice]:
    """An earlier attempt may have done it without our hearing of it."""
    found = trades.find_refund(refund.payment.reference, refund.reference)
    if found is None:
        raise ProviderRefused(refusal.words) from refusal
    return [found]


def _done(refund: Refund) -> Notice:
    found = trades.find_refund(refund.payment.reference, refund.reference)
    if found is None:
        raise ProviderUnreachable
    return found

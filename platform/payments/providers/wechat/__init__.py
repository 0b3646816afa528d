"""WeChat Pay, API v3: https://pay.weixin.qq.com/doc/v3/merchant/

The sheet inside WeChat (JSAPI), its page in a phone's browser (H5), a code to scan anywhere else (Native).
"""

import json
from collections.abc import Mapping
from datetime import date
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from payments.errors import ProviderRefused
from payments.models import Payment, Refund
from payments.providers.base import BillLine, GoTo, Notice, Step, Surface, Visit
from payments.providers.wechat import bill, notices, orders
from payments.providers.wechat.client import ask

CURRENCY = "CNY"


class WechatPay:
    label = _("微信支付")
    renews = False
    zone = orders.BEIJING.key

    def serves(self, surface: Surface) -> bool:
        return True

    def start(self, *, payment: Payment, visit: Visit) -> Step:
        if payment.currency != CURRENCY:
            raise ProviderRefused(str(_("微信支付只收人民币")))
        if visit.surface is Surface.WECHAT and not visit.openid:
            return GoTo(reverse("payments:wechat_openid", args=[payment.order.number]))
        return orders.begin(payment, visit)

    def read_notice(self, *, headers: Mapping[str, str], body: bytes) -> Notice | None:
        return notices.read(headers, body)

    def thanks(self) -> tuple[int, str, str]:
        return 200, "application/json", '{"code": "SUCCESS"}'

    def refusal(self, sentence: str) -> tuple[int, str, str]:
        return 400, "application/json", json.dumps({"code": "FAIL", "message": sentence}, ensure_ascii=False)

    def look_up(self, *, payment: Payment) -> list[Notice]:
        """Refunds are asked for by number: one made at WeChat's own desk is known by its notice and from the bill."""
        said = orders.found(payment)
        paid = notices.paid(said)
        if paid is None:
            return []
        Payment.objects.filter(pk=payment.pk).update(provider_reference=said["transaction_id"])
        given = [_found(refund) for refund in payment.refunds.order_by("pk")]
        return [paid, *(notice for notice in given if notice)]

    def close(self, *, payment: Payment) -> None:
        orders.close(payment)

    def refund(self, *, refund: Refund) -> list[Notice]:
        said = ask(lambda client: client.refund(**_asked(refund)))
        notice = notices.refunded(said, status=said["status"])
        return [notice] if notice else []

    def bill(self, *, day: date) -> list[BillLine]:
        return bill.lines(day)


def _asked(refund: Refund) -> dict[str, object]:
    payment = refund.payment
    amount = {"refund": refund.amount, "total": payment.amount, "currency": payment.currency}
    told = urljoin(settings.SITE_URL, reverse("payments:webhook", args=["wechat"]))
    facts = {"out_refund_no": refund.reference, "out_trade_no": payment.reference, "amount": amount}
    return facts | {"reason": refund.reason[:80] or None, "notify_url": told}


def _found(refund: Refund) -> Notice | None:
    said = orders.found_by(lambda client: client.query_refund(refund.reference))
    return notices.refunded(said, status=said.get("status", ""))

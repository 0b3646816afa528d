"""Stripe: its hosted Checkout for one payment, or for a subscription that it renews by itself.

A notice is only a hint here: what it is about is asked for again, and what is found is told in the same words as when
nobody had hinted. So the order in which notices arrive, and the API version they are written in, do not matter.
"""

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext_lazy as _

from payments.models import Payment, Refund
from payments.providers.base import BillLine, GoTo, Notice, Surface, Visit
from payments.providers.stripe import bill, checkout, events, facts, refunds, subscriptions


class Stripe:
    label = _("银行卡（Stripe）")
    renews = True
    zone = "UTC"

    def serves(self, surface: Surface) -> bool:
        """WeChat's own browser does not let Stripe's page through reliably."""
        return surface is not Surface.WECHAT

    def start(self, *, payment: Payment, visit: Visit) -> GoTo:
        return GoTo(checkout.start(payment=payment, visit=visit))

    def read_notice(self, *, headers: Mapping[str, str], body: bytes) -> Notice | None:
        return events.read(headers=headers, body=body)

    def thanks(self) -> tuple[int, str, str]:
        return 200, "text/plain", "ok"

    def refusal(self, sentence: str) -> tuple[int, str, str]:
        return 400, "text/plain; charset=utf-8", sentence

    def look_up(self, *, payment: Payment) -> list[Notice]:
        return facts.known(payment=payment)

    def close(self, *, payment: Payment) -> None:
        checkout.close(payment=payment)

    def refund(self, *, refund: Refund) -> list[Notice]:
        return refunds.send(refund=refund)

    def bill(self, *, day: date) -> list[BillLine]:
        return bill.lines(day=day)

    def portal(self, *, subscription_reference: str, come_back: str) -> str:
        return subscriptions.portal(reference=subscription_reference, come_back=come_back)

    def cancel_at_end(self, *, subscription_reference: str) -> None:
        subscriptions.cancel_at_end(reference=subscription_reference)

    def resume(self, *, subscription_reference: str) -> None:
        subscriptions.resume(reference=subscription_reference)

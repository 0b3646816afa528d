"""A provider that takes no money: it remembers charges, shows a test cashier and posts signed notices, as real ones do."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from payments.errors import ProviderUnreachable, Unreadable
from payments.models import Payment, Refund, SandboxCharge, SandboxNotice
from payments.providers.base import BillLine, GoTo, Kind, Notice, Step, Surface, Visit
from payments.providers.sandbox import desk, signature


class Sandbox:
    label = _("测试收银台")
    renews = False
    zone = settings.TIME_ZONE

    def serves(self, surface: Surface) -> bool:
        return True

    def start(self, *, payment: Payment, visit: Visit) -> Step:
        order = payment.order
        facts = {
            "order_number": str(order.number),
            "title": order.title,
            "amount": payment.amount,
            "currency": payment.currency,
            "return_url": visit.come_back,
            "notify_url": visit.notify,
        }
        SandboxCharge.objects.get_or_create(reference=payment.reference, defaults=facts)
        return GoTo(reverse("payments:sandbox", args=[payment.reference]))

    def read_notice(self, *, headers: Mapping[str, str], body: bytes) -> Notice:
        signature.check(headers, body)
        try:
            return _notice(json.loads(body))
        except (ValueError, KeyError, TypeError) as error:
            raise Unreadable from error

    def look_up(self, *, payment: Payment) -> list[Notice]:
        charge = SandboxCharge.objects.filter(reference=payment.reference).first()
        return [_notice(sent.body) for sent in charge.notices.order_by("pk")] if charge else []

    def thanks(self) -> tuple[int, str, str]:
        return 200, "text/plain", "ok"

    def refusal(self, sentence: str) -> tuple[int, str, str]:
        return 400, "text/plain; charset=utf-8", sentence

    def close(self, *, payment: Payment) -> None:
        desk.close(reference=payment.reference)

    def refund(self, *, refund: Refund) -> list[Notice]:
        charge = SandboxCharge.objects.filter(reference=refund.payment.reference).first()
        if charge is None:
            raise ProviderUnreachable
        given = desk.give_back(charge=charge, reference=refund.reference, amount=refund.amount)
        return [_notice(sent.body) for sent in charge.notices.filter(body__refund_reference=given.reference)]

    def bill(self, *, day: date) -> list[BillLine]:
        begins = datetime.combine(day, time.min, ZoneInfo(self.zone))
        sent = SandboxNotice.objects.filter(created_at__gte=begins, created_at__lt=begins + timedelta(days=1))
        notices = [(_notice(each.body), each.created_at) for each in sent.order_by("pk")]
        return [
            BillLine(said.kind, said.reference, said.amount, said.currency, said.refund_reference, at)
            for said, at in notices
            if said.kind in (Kind.PAID, Kind.REFUNDED)
        ]


def _notice(said: dict[str, Any]) -> Notice:
    return Notice(
        event_id=said["id"],
        kind=Kind(said["kind"]),
        reference=said["reference"],
        amount=int(said["amount"]),
        currency=said["currency"],
        refund_reference=said.get("refund_reference", ""),
        reason=said.get("reason", ""),
        payload=said,
    )

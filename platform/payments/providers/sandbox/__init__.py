"""A provider that takes no money: it remembers charges, shows a test cashier and posts signed notices, as real ones do."""

import json
from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from payments.errors import ProviderUnreachable, Unreadable
from payments.models import Payment, Refund, SandboxCharge
from payments.providers.base import Addresses, Kind, Notice
from payments.providers.sandbox import desk, signature


class Sandbox:
    def start(self, *, payment: Payment, addresses: Addresses) -> str:
        order = payment.order
        facts = {
            "order_number": str(order.number),
            "title": order.title,
            "amount": payment.amount,
            "currency": payment.currency,
            "return_url": addresses.come_back,
            "notify_url": addresses.notify,
        }
        SandboxCharge.objects.get_or_create(reference=payment.reference, defaults=facts)
        return reverse("payments:sandbox", args=[payment.reference])

    def read_notice(self, *, headers: Mapping[str, str], body: bytes) -> Notice:
        signature.check(headers, body)
        try:
            return _notice(json.loads(body))
        except (ValueError, KeyError, TypeError) as error:
            raise Unreadable from error

    def look_up(self, *, payment: Payment) -> list[Notice]:
        charge = SandboxCharge.objects.filter(reference=payment.reference).first()
        return [_notice(sent.body) for sent in charge.notices.order_by("pk")] if charge else []

    def refund(self, *, refund: Refund) -> None:
        charge = SandboxCharge.objects.filter(reference=refund.payment.reference).first()
        if charge is None:
            raise ProviderUnreachable
        desk.give_back(charge=charge, reference=refund.reference, amount=refund.amount)


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

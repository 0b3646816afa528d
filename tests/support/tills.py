"""Buying tea at the sandbox, without a network."""

import json
import threading
from uuid import UUID

from django.test import Client

from payments import services
from payments.goods import Quote
from payments.models import Entry, SandboxCharge, WebhookEvent
from payments.providers.base import Surface, Visit
from payments.providers.sandbox import desk, signature

WEBHOOK = "/pay/webhook/sandbox/"
VISIT = Visit(Surface.DESKTOP, "http://testserver/back/", f"http://testserver{WEBHOOK}")


_own = threading.local()  # one client for each thread: to load all middleware costs more than to hear a notice


class Tea:
    """`tea:1` at ¥68. What was delivered and taken back is remembered by order number."""

    def __init__(self):
        self.price, self.had, self.deliveries, self.crashes, self.kept = 6800, set(), 0, 0, ""

    def quote(self, *, person, ref):
        lines = [{"label": "茶", "amount": self.price + 1000}, {"label": "老茶客", "amount": -1000}]
        return Quote("一盏茶", self.price, "CNY", lines, "/tea/")

    def deliver(self, delivery):
        if self.crashes:
            self.crashes -= 1
            raise RuntimeError("the kettle broke")
        self.deliveries += 1
        self.had.add(self._number(delivery.source))

    def withdraw(self, *, source):
        self.had.discard(self._number(source))

    def why_kept(self, *, source):
        return self.kept

    def _number(self, source):
        return UUID(source.removeprefix("order:"))


def charge(order):
    """The order's latest charge at the sandbox."""
    services.start_payment(order=order, visit=VISIT)
    return SandboxCharge.objects.filter(order_number=order.number).latest("pk")


def pay(order):
    desk.settle(charge=charge(order), pay=True)
    order.refresh_from_db()
    return order


def decline(order):
    desk.settle(charge=charge(order), pay=False)
    order.refresh_from_db()
    return order


def nothing_happened(order, tea):
    order.refresh_from_db()
    return order.is_pending and not tea.had and not WebhookEvent.objects.exists() and not Entry.objects.exists()


def notify(body, *, header=None, at=None):
    """Post a notice as the provider would, signed now unless told otherwise."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    header = signature.sign(body, at=at) if header is None else header
    if not hasattr(_own, "provider"):
        _own.provider = Client()
    return _own.provider.post(WEBHOOK, body, content_type="application/json", headers={signature.HEADER: header})

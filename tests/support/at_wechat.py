"""Buying tea by WeChat Pay: what the buyer does, and notices that arrive or do not."""

import pytest
from django.test import Client

from payments import services
from payments.models import Order, Payment
from payments.providers.base import Surface, Visit

WEBHOOK = "/pay/webhook/wechat/"
BACK, NOTIFY = "http://testserver/back/", f"http://testserver{WEBHOOK}"
DESKTOP = Visit(Surface.DESKTOP, BACK, NOTIFY)
PHONE = Visit(Surface.PHONE, BACK, NOTIFY, ip="203.0.113.7")
PHONE_AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"
WECHAT_AGENT = f"{PHONE_AGENT} MicroMessenger/8.0.50"
by_both_keys = pytest.mark.parametrize("signed_by", ["public key", "certificates"])


def known_to(till):
    return {name.removeprefix("WECHAT_").lower(): value for name, value in till.environment().items()}


class Mail:
    """Notices on their way: a test lets them arrive, or not."""

    def __init__(self, till):
        self.till, self.letters = till, []

    def put(self, url, write):
        assert url == NOTIFY
        self.letters.append(write)
        return write

    def arrives(self):
        """All that is under way comes; the answers' statuses."""
        written, self.letters = self.letters, []
        return [post(*write()).status_code for write in written]

    def lost(self):
        """The latest does not come; it is returned: (headers, body)."""
        return self.letters.pop()()


def post(headers, body):
    headers = dict(headers)
    kind = headers.pop("Content-Type")
    return Client(raise_request_exception=False).post(WEBHOOK, body, content_type=kind, headers=headers)


def in_wechat(till):
    return Visit(Surface.WECHAT, BACK, NOTIFY, openid=till.openid)


def start(order, visit=DESKTOP):
    step = services.start_payment(order=order, visit=visit)
    return step, order.payments.get(state=Payment.State.OPEN)


def pay(order, till, visit=DESKTOP):
    """cat pays; the notice is under way."""
    _step, payment = start(order, visit)
    till.pay(payment.reference)
    return payment


def is_paid(order, tea):
    order.refresh_from_db()
    return order.state == Order.State.PAID and tea.had == {order.number}


def give_back(order, amount=None):
    return services.refund(order=order, amount=amount)

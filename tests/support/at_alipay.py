"""Buying tea by Alipay: what the buyer does at its pages, and what it says to the school."""

from urllib.parse import parse_qsl

import requests
from django.test import Client

from payments import services
from payments.providers.base import Surface, Visit

WEBHOOK = "/pay/webhook/alipay/"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def visit(surface=Surface.DESKTOP):
    return Visit(surface, "http://testserver/orders/1/", f"http://testserver{WEBHOOK}")


def configured(till, **more):
    said = {name.removeprefix("ALIPAY_").lower(): value for name, value in till.environment().items()}
    return {**said, "desktop": "page", **more}


def told(body):
    return Client(raise_request_exception=False).post(WEBHOOK, body, content_type=FORM)


def begin(order, surface=Surface.DESKTOP):
    return services.start_payment(order=order, visit=visit(surface))


def cashier(order, surface=Surface.DESKTOP):
    """Where the buyer arrives: the page of Alipay."""
    return requests.get(begin(order, surface).url, timeout=5).url


def press(address, button):
    return requests.post(address, {"do": button}, allow_redirects=False, timeout=5)


def pay(order, till):
    answer = press(cashier(order), "pay")
    till.post.settle()
    order.refresh_from_db()
    return answer


def number_of(order):
    return order.payments.latest("pk").reference


def lost_notice(order, till, line):
    """cat pays, but nobody is told; what would have been said is returned."""
    line.is_cut = True
    press(cashier(order), "pay")
    till.post.settle()
    line.is_cut = False
    return line.sent[-1]


def said_in(body):
    said = dict(parse_qsl(body.decode()))
    return {name: value for name, value in said.items() if name not in ("sign", "sign_type", "notify_time")}


def signed_anew(till, body, **changes):
    return till.write({**said_in(body), **changes})[1]

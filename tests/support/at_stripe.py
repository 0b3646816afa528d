"""Buying tea by Stripe: what the buyer does at its pages, and its notices, let through by hand."""

import json
from urllib.parse import urlencode

from django.db.models import Sum
from django.test import Client
from one_step import fetch
from tills import Tea

from payments import goods, services
from payments.models import Entry
from payments.providers.base import Surface, Visit
from payments.providers.stripe import Stripe
from payments.simulators.till import Reply

DAY = 86400
WEBHOOK = "/pay/webhook/stripe/"
VISIT = Visit(Surface.PHONE, "http://testserver/back/", f"http://testserver{WEBHOOK}", language="zh-hans")
BROKEN = Reply('{"error": {"type": "api_error", "message": "sorry"}}', status=500)


class Mail:
    """What Stripe posts. `deliver` lets it through in order, `lose` throws it away."""

    def __init__(self):
        self.waiting, self.told = [], []

    def open(self):
        """Nothing is posted by itself."""

    close = open

    def send(self, url, write):
        self.waiting.append(write)

    def lose(self):
        self.waiting.clear()

    def deliver(self, order=lambda letters: letters):
        letters, self.waiting = order(self.waiting), []
        self.told += letters
        return [post(*letter()) for letter in letters]

    def deliver_only(self, *kinds):
        self.waiting = [write for write in self.waiting if json.loads(write()[1])["type"] in kinds]
        return self.deliver()


def post(headers, body):
    return Client().post(WEBHOOK, body, content_type="application/json", headers=headers).status_code


class TeaClub(Tea):
    """A new tea each quarter."""

    every = "quarter"

    def quote(self, *, person, ref):
        quote = super().quote(person=person, ref=ref)
        return goods.Quote(quote.title, quote.amount, quote.currency, quote.breakdown, quote.url, every=self.every)


def visit(url, **form):
    """What `form` leads to on one of its pages: (status, where to, page)."""
    return fetch(url, urlencode(form).encode() if form else None)


def begin(order):
    return services.start_payment(order=order, visit=VISIT).url


def pay(order, till):
    """The buyer pays; what Stripe posts is delivered."""
    visit(begin(order), do="pay")
    assert set(till.post.deliver()) == {200}
    order.refresh_from_db()
    return order


def session_of(order, till):
    return till.desk.find(order.payments.latest("pk").provider_reference)


def intent_of(order, till):
    return session_of(order, till)["payment_intent"]


def look_up(order):
    return Stripe().look_up(payment=order.payments.select_related("order__subscription").latest("pk"))


def held():
    return Entry.objects.filter(account="provider:stripe").aggregate(sum=Sum("amount"))["sum"]

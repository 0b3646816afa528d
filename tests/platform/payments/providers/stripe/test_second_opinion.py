"""What we understand of Stripe, held against `localstripe`, which is not ours: its signatures and its subscriptions.

It knows neither Checkout nor prices nor the portal; those have our simulator alone.
"""

import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.utils import timezone
from listening import listening
from school import free_port

from payments.errors import BadSignature, ProviderRefused, StaleNotice
from payments.providers.stripe import client, events, subscriptions, whose

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SECRET = "whsec_second"
PROGRAM = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda store: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


class Box(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.letters.append(({events.HEADER: self.headers[events.HEADER]}, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *about):
        """Not in the middle of the tests' own lines."""


@pytest.fixture(scope="module")
def other_stripe():
    port = free_port()
    running = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        _await(lambda: urllib.request.urlopen(f"{url}/js.stripe.com/v3/", timeout=5).close() is None)
        yield url
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture
def api(other_stripe, settings):
    settings.STRIPE = {"secret_key": "sk_test_second", "webhook_secrets": [SECRET], "api": other_stripe}
    client._client.cache_clear()
    return client.api()


@pytest.fixture
def letters(other_stripe):
    """What it posts to us, signed by itself."""
    with listening(Box) as box:
        box.letters = []
        form = f"url={box.url}/&secret={SECRET}".encode()
        urllib.request.urlopen(f"{other_stripe}/_config/webhooks/ours", form, timeout=5).close()
        yield box.letters


@pytest.fixture
def sub(api):
    """Tea each month, paid by a card."""
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    card = api.payment_methods.create({"type": "card", "card": card}).id
    default = {"default_payment_method": card}
    cat = api.customers.create({"email": "cat@example.com", "payment_method": card, "invoice_settings": default}).id
    tea = api.products.create({"name": "tea"}).id
    plan = api.plans.create({"amount": 6800, "currency": "cny", "interval": "month", "product": tea}).id
    return api.subscriptions.create({"customer": cat, "items": [{"plan": plan}]}).id


def _await(happens, within=30):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if happens():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("It did not happen.")


def test_a_letter_signed_by_another_hand_that_has_the_secret_is_believed(api, letters, settings):
    api.customers.create({"email": "cat@example.com"})
    _await(lambda: letters)
    headers, body = letters[0]
    assert events.read(headers=headers, body=body) is None  # genuine, and about nothing we follow

    with pytest.raises(BadSignature):
        events.read(headers=headers, body=body.replace(b"cat@example.com", b"eve@example.com"))
    settings.STRIPE = {**settings.STRIPE, "webhook_secrets": ["whsec_other"]}
    with pytest.raises(BadSignature):
        events.read(headers=headers, body=body)


def test_the_same_letter_is_not_believed_tomorrow(api, letters, monkeypatch):
    api.customers.create({"email": "cat@example.com"})
    _await(lambda: letters)
    headers, body = letters[0]
    tomorrow = (timezone.now() + timedelta(days=1)).timestamp()
    monkeypatch.setattr("payments.providers.base.time.time", lambda: tomorrow)
    with pytest.raises(StaleNotice):
        events.read(headers=headers, body=body)


def test_cat_stops_her_subscription_and_goes_on_with_it(api, sub):
    subscriptions.cancel_at_end(reference=sub)
    assert api.subscriptions.retrieve(sub).cancel_at_period_end
    subscriptions.cancel_at_end(reference=sub)  # twice is once
    subscriptions.resume(reference=sub)
    assert not api.subscriptions.retrieve(sub).cancel_at_period_end


def test_what_it_does_not_know_is_refused_and_not_taken_for_a_failure_that_passes(api):
    with pytest.raises(ProviderRefused):
        subscriptions.cancel_at_end(reference="sub_of_nobody")


def test_the_first_period_is_paid_by_the_invoice_that_leads_back_to_the_subscription(api, sub):
    invoice = client.ask(api.subscriptions.retrieve, sub, {"expand": ["latest_invoice"]})["latest_invoice"]
    assert (invoice["status"], invoice["amount_paid"]) == ("paid", 6800)
    assert whose.subscription_of(invoice) == sub

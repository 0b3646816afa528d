"""A school that takes Stripe: its own client over HTTP to the simulator, whose notices wait until they are let through."""

import pytest
from at_stripe import WEBHOOK, Mail, TeaClub, pay

from payments import goods, services
from payments.providers.stripe import client as stripe_client
from payments.simulators.stripe import StripeTill
from payments.simulators.till import opened


@pytest.fixture(autouse=True)
def till(settings, monkeypatch):
    monkeypatch.setattr(stripe_client, "RETRIES", 0)  # else each failure waits before it is one
    stripe_client._client.cache_clear()
    till = StripeTill(endpoint=WEBHOOK)
    till.post = Mail()
    with opened(till):
        said = till.environment()
        settings.PAYMENTS = ["stripe"]
        settings.STRIPE = {
            "secret_key": said["STRIPE_SECRET_KEY"],
            "webhook_secrets": said["STRIPE_WEBHOOK_SECRET"].split(","),
            "api": said["STRIPE_API"],
        }
        yield till


@pytest.fixture
def mail(till):
    return till.post


@pytest.fixture
def club(monkeypatch):
    club = TeaClub()
    monkeypatch.setitem(goods._kinds, "club", club)
    return club


@pytest.fixture
def paid(order, till, tea):
    return pay(order, till)


@pytest.fixture
def member(cat, club, till):
    """What cat's first quarter in the club was ordered with."""
    return pay(services.place_order(person=cat, goods="club:1", renews=True), till)


@pytest.fixture
def sub(member):
    return member.subscription

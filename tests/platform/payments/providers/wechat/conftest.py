"""A school that takes WeChat Pay: over HTTP, with the official client, from a stranger that signs as WeChat does."""

import dataclasses

import pytest
from at_wechat import Mail, known_to, pay

from payments import services
from payments.providers.wechat import client
from payments.simulators.till import opened
from payments.simulators.wechat import WechatTill


@pytest.fixture
def signed_by():
    return "public key"


@pytest.fixture
def till(signed_by, wechat_keys, settings):
    """WeChat, and a school that takes its pay."""
    own = dataclasses.replace(wechat_keys, seals=list(wechat_keys.seals))
    with opened(WechatTill(known=own, bare=signed_by == "public key")) as till:
        settings.PAYMENTS, settings.SITE_URL = ["wechat"], "http://testserver"
        settings.WECHAT = known_to(till)
        client._made.cache_clear()
        till.mail = Mail(till)
        till.post.send = till.mail.put
        yield till


@pytest.fixture
def order(cat, tea, till):
    return services.place_order(person=cat, goods="tea:1", provider="wechat")


@pytest.fixture
def paid(order, till):
    pay(order, till)
    assert till.mail.arrives() == [200]
    order.refresh_from_db()
    return order

"""A school that sells tea, and a provider whose notices reach it without a network."""

import contextlib

import pytest
from tills import Tea, notify, pay

from payments import goods, services
from payments.providers.sandbox import post
from payments.simulators.alipay import AlipayTill
from payments.simulators.wechat import keys


@pytest.fixture(scope="session")
def alipay_keys():
    """Made once: it takes a while."""
    return AlipayTill().books["keys"]


@pytest.fixture(scope="session")
def wechat_keys():
    """Made once: it takes a while."""
    return keys.kept(None)


@pytest.fixture
def tea(monkeypatch):
    tea = Tea()
    monkeypatch.setitem(goods._kinds, "tea", tea)
    return tea


@pytest.fixture(autouse=True)
def line(monkeypatch):
    """The wire from the sandbox to the school: `line.is_cut = True` loses every notice; `line.sent` keeps them."""

    class Line:
        is_cut, sent = False, []

    line = Line()
    line.sent = []

    def send(url, body):
        line.sent.append(body)
        if line.is_cut:
            return False
        with contextlib.suppress(RuntimeError):
            return notify(body).status_code == 200
        return False

    monkeypatch.setattr(post, "send", send)
    return line


@pytest.fixture
def order(cat, tea):
    """What cat is about to pay."""
    return services.place_order(person=cat, goods="tea:1")


@pytest.fixture
def paid(order, tea):
    """What cat has just paid."""
    return pay(order)

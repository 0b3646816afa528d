"""A school that takes Alipay: the real client against the simulator over HTTP; what it posts reaches the school."""

import pytest
from at_alipay import configured, pay, told
from django.db import connection

from payments import providers, services
from payments.simulators import till as tills
from payments.simulators.alipay import AlipayTill
from payments.simulators.till import Books, opened


@pytest.fixture
def till(alipay_keys, settings, line):
    books = Books()
    books["keys"].update(alipay_keys)
    with opened(AlipayTill(books)) as till:
        settings.PAYMENTS = ["alipay"]
        settings.ALIPAY = configured(till)
        yield till


@pytest.fixture(autouse=True)
def line(monkeypatch):
    """The wire from Alipay to the school. `line.answers` are given instead of the school's; `line.heard` are its own."""

    class Line:
        is_cut = False

        def carry(self, url, headers, body):
            self.sent.append(body)
            if self.is_cut:
                return 0, b""
            if self.answers:
                return self.answers.pop(0)
            answer = told(body)
            connection.close()  # another thread than the test's
            self.heard.append((answer.status_code, answer.content))
            return self.heard[-1]

    line = Line()
    line.sent, line.answers, line.heard = [], [], []
    monkeypatch.setattr(tills, "_post", line.carry)
    return line


@pytest.fixture
def alipay(till):
    return providers.provider("alipay")


@pytest.fixture
def order(till, cat, tea):
    """What cat is about to pay."""
    return services.place_order(person=cat, goods="tea:1")


@pytest.fixture
def paid(order, till):
    pay(order, till)
    return order

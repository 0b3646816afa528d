"""The same tea school as in the tests of payments, with its notices on a wire that can be cut."""

import contextlib

import pytest
from tills import Tea, notify

from payments import goods
from payments.providers.sandbox import post


@pytest.fixture
def tea(monkeypatch):
    tea = Tea()
    monkeypatch.setitem(goods._kinds, "tea", tea)
    return tea


@pytest.fixture
def line(monkeypatch):
    """What the sandbox posts is only kept, in the order it was said: the test decides when it arrives."""
    kept = []

    def keep(url, body):
        kept.append(body)
        return True

    monkeypatch.setattr(post, "send", keep)
    return kept


@pytest.fixture
def arrives():
    """Hand a notice over; what goes wrong inside is a failed attempt, as it is to a provider."""

    def arrive(body):
        with contextlib.suppress(RuntimeError):
            return notify(body).status_code
        return 500

    return arrive

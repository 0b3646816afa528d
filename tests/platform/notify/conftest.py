"""Something to tell people: their money comes back."""

from types import SimpleNamespace

import pytest

from notify.services import tell


@pytest.fixture
def tell_of_tea():
    """`tell_of_tea(ben)`; about another cup: `tell_of_tea(ben, "tea:2")`."""

    def told(person, key="tea:1"):
        order = SimpleNamespace(title="一盏茶", amount=6800, currency="CNY")
        facts = {"order": order, "reason": "茶凉了"}
        return tell(person=person, key=key, template="payments/mail/returned.txt", url="/tea/", **facts)

    return told

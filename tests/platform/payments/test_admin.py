"""Orders in the admin: read, never written; money goes back from there."""

import pytest
from django.urls import reverse

from payments.models import Order, Refund

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
LIST = "/admin/snippets/payments/order/"


def edit(order):
    return reverse("wagtailsnippets_payments_order:edit", args=[order.pk])


def test_otto_reads_the_orders(login, otto, paid):
    page = login(otto).get(LIST).content.decode()
    assert "一盏茶" in page
    assert "¥68" in page
    assert "已支付" in page
    assert "一盏茶" in login(otto).get(f"{LIST}?q=cat@example.com").content.decode()


def test_otto_gives_a_part_back_and_then_the_rest(login, otto, paid, tea):
    login(otto).post(edit(paid), {"give_back": "8.00", "reason": "迟了"})
    paid.refresh_from_db()
    assert paid.state == Order.State.PART_REFUNDED
    assert Refund.objects.get().amount == 800
    login(otto).post(edit(paid), {"give_back": "60"})
    paid.refresh_from_db()
    assert paid.state == Order.State.REFUNDED
    assert not tea.had


@pytest.mark.parametrize("amount", ["68.01", "0", "-1", "", "x"])
def test_otto_cannot_give_back_more_than_came_or_nothing(login, otto, paid, amount):
    assert login(otto).post(edit(paid), {"give_back": amount}).status_code == 200
    assert not Refund.objects.exists()


def test_nobody_adds_or_deletes_an_order(login, otto, paid):
    assert login(otto).get(f"{LIST}add/").status_code == 302
    login(otto).post(f"{LIST}delete/{paid.pk}/")
    assert Order.objects.filter(pk=paid.pk).exists()


def test_a_learner_does_not_get_in(login, cat, paid):
    login(cat).post(edit(paid), {"give_back": "1"})
    assert not Refund.objects.exists()

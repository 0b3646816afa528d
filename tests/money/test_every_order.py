"""M2: whatever order the news comes in, the same has happened in the end."""

from itertools import permutations

import pytest
from tills import charge, notify

from payments import services
from payments.errors import NotClosable
from payments.models import Entry, Order, Payment
from payments.providers.sandbox import desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def paid_and_partly_back_then_lost(bill):
    desk.settle(charge=bill, pay=True)
    desk.give_back(charge=bill, reference=f"r-{bill.pk}", amount=2800)
    desk.dispute(charge=bill, reference=f"d-{bill.pk}", amount=4000)
    desk.dispute(charge=bill, reference=f"d-{bill.pk}", amount=4000, ends="lost")
    return {"order": "refunded", "payment": "succeeded", "dispute": "lost", "has": False, "held": 0}


def paid_and_won(bill):
    desk.settle(charge=bill, pay=True)
    desk.dispute(charge=bill, reference=f"d-{bill.pk}", amount=6800)
    desk.dispute(charge=bill, reference=f"d-{bill.pk}", amount=6800, ends="won")
    return {"order": "paid", "payment": "succeeded", "dispute": "won", "has": True, "held": 6800}


def paid_and_given_back(bill):
    desk.settle(charge=bill, pay=True)
    desk.give_back(charge=bill, reference=f"r-{bill.pk}", amount=6800)
    return {"order": "refunded", "payment": "succeeded", "dispute": "", "has": False, "held": 0}


def state(order, tea):
    payment = Payment.objects.get(order=order)
    held = sum(
        Entry.objects.filter(transaction__order=order, account="provider:sandbox").values_list("amount", flat=True)
    )
    order.refresh_from_db()
    return {
        "order": order.state,
        "payment": payment.state,
        "dispute": payment.dispute,
        "has": order.number in tea.had,
        "held": held,
    }


def close(order):
    """cat presses “close” meanwhile: the provider is asked first, and says what it knows."""
    with pytest.raises(NotClosable, match="已经付过"):
        services.close_order(order=order)


@pytest.mark.parametrize("truth", [paid_and_given_back, paid_and_won, paid_and_partly_back_then_lost])
def test_m2_every_order_of_the_news_ends_the_same(cat, tea, line, promise, at_scale, truth):
    tried = 0
    orders = None
    while orders is None or tried < len(orders):
        order = services.place_order(person=cat, goods="tea:1")
        bill = charge(order)
        line.clear()
        expected = truth(bill)
        news = [*line, close]
        orders = orders or list(permutations(range(len(news))))[:: at_scale(5 if len(news) > 4 else 1, 1)]
        for step in orders[tried]:
            news[step](order) if news[step] is close else notify(news[step])
        for body in news[:-1]:
            notify(body)  # what was refused because it came too early is posted again
        assert state(order, tea) == expected, [len(news) - 1 == step for step in orders[tried]]
        tried += 1
        Order.objects.filter(pk=order.pk, state="paid").update(goods="tea:9")  # out of the way of the next
    promise("M2", tried, "orders of the news, one end", bound=tried, kept=True, truth=truth.__name__)

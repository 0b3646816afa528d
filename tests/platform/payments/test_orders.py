"""What was agreed when the order was placed."""

import pytest
from racing import at_once
from tills import pay

from payments import services
from payments.errors import NotForSale, NotPayable, NoWayToPay
from payments.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_order_keeps_the_price_it_was_placed_at(order, tea):
    tea.price = 9900
    pay(order)
    assert order.amount == 6800
    assert sum(line["amount"] for line in order.breakdown) == 6800
    assert (order.title, order.currency, order.url) == ("一盏茶", "CNY", "/tea/")


def test_clicking_twice_makes_one_order(cat, order):
    again = services.place_order(person=cat, goods="tea:1", return_to="/live/3/")
    assert again == order
    assert again.return_to == "/live/3/"


def test_ten_clicks_at_once_make_one_order(cat, tea):
    assert at_once(*[lambda: services.place_order(person=cat, goods="tea:1")] * 10) == []
    assert Order.objects.count() == 1


def test_at_another_price_there_is_another_order_and_the_old_one_is_closed(cat, order, tea):
    tea.price = 9900
    new = services.place_order(person=cat, goods="tea:1")
    order.refresh_from_db()
    assert order.state == Order.State.CLOSED
    assert new.amount == 9900


def test_two_people_have_an_order_each(cat, ben, order):
    assert services.place_order(person=ben, goods="tea:1") != order


def test_what_was_paid_can_be_bought_again(cat, paid):
    assert services.place_order(person=cat, goods="tea:1") != paid


def test_a_paid_order_is_not_payable(paid):
    with pytest.raises(NotPayable):
        services.start_payment(order=paid, visit=None)


def test_a_price_whose_lines_do_not_add_up_is_a_mistake_of_ours(cat, tea, monkeypatch):
    monkeypatch.setattr(tea, "price", 1)
    quote = tea.quote(person=cat, ref="1")
    quote.breakdown.pop()
    monkeypatch.setattr(tea, "quote", lambda **asked: quote)
    with pytest.raises(ValueError, match="add up"):
        services.place_order(person=cat, goods="tea:1")


def test_goods_nobody_sells_and_ways_nobody_takes_are_refused(cat, tea):
    with pytest.raises(NotForSale):
        services.place_order(person=cat, goods="moon:1")
    with pytest.raises(NoWayToPay):
        services.place_order(person=cat, goods="tea:1", provider="barter")
    assert not Order.objects.exists()

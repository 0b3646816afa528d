"""M4: the machine stops at any statement; what is posted again goes on from nothing or from everything."""

import pytest
from books import are_whole
from django.db import connection
from tills import charge, notify

from notify.models import Message
from payments import services
from payments.models import Entry, Order, Transaction, WebhookEvent
from payments.providers.sandbox import desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


class Stopped(RuntimeError):
    pass


def stop_at(number):
    """An execute wrapper that stops the machine before the statement of that number."""
    count = iter(range(number + 1))

    def run(execute, sql, params, many, context):
        if next(count, number) == number:
            raise Stopped
        return execute(sql, params, many, context)

    return run


def untouched(order):
    order.refresh_from_db()
    return order.is_pending and not Entry.objects.exists() and not WebhookEvent.objects.exists()


def test_m4_a_crash_at_any_statement_leaves_nothing_half_done(cat, inner_plan, line, promise):
    order = services.place_order(person=cat, goods=f"plan:{inner_plan.pk}")
    desk.settle(charge=charge(order), pay=True)
    stopped = 0
    while True:
        try:
            with connection.execute_wrapper(stop_at(stopped)):
                assert notify(line[0]).status_code == 200
            break
        except Stopped:
            assert untouched(order)
            assert not cat.grants.exists()
            stopped += 1
    assert stopped > 10
    order.refresh_from_db()
    assert order.state == Order.State.PAID
    assert cat.grants.in_force().count() == Transaction.objects.count() == 1
    assert Message.objects.filter(key__startswith="paid:").count() == 1
    are_whole()
    promise("M4", stopped, "statements, a crash at each", bound=stopped, kept=True)


def test_m4_a_crash_at_any_statement_of_a_refund_converges_too(cat, inner_plan, line):
    order = services.place_order(person=cat, goods=f"plan:{inner_plan.pk}")
    bill = charge(order)
    desk.settle(charge=bill, pay=True)
    desk.give_back(charge=bill, reference="r1", amount=inner_plan.price)
    stopped = 0
    while True:
        try:
            with connection.execute_wrapper(stop_at(stopped)):
                assert notify(line[1]).status_code == 200
            break
        except Stopped:
            assert untouched(order)
            stopped += 1
    order.refresh_from_db()
    assert order.state == Order.State.REFUNDED
    assert not cat.grants.standing().exists()
    are_whole()

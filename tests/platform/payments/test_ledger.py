"""The ledger as the database keeps it, whoever writes."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tills import decline, notify, pay

from payments import ledger, services
from payments.errors import PaymentRefused
from payments.models import Entry, Order, Transaction

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_entry SET amount = 0",
        "DELETE FROM payments_entry",
        "UPDATE payments_transaction SET key = 'x'",
        "DELETE FROM payments_transaction",
    ],
)
def test_nobody_changes_or_removes_what_was_booked(paid, statement):
    before = list(Entry.objects.order_by("pk").values())
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(Entry.objects.order_by("pk").values()) == before


@transaction.atomic
def write(order, *entries):
    odd = Transaction.objects.create(key="odd", order=order)
    for amount, currency in entries:
        Entry.objects.create(transaction=odd, account="a", amount=amount, currency=currency)


@pytest.mark.parametrize("amounts", [[1], [5, -4], [0, 3, -2]])
def test_entries_that_do_not_add_up_are_never_committed(order, amounts):
    with pytest.raises(IntegrityError):
        write(order, *[(amount, "CNY") for amount in amounts])
    assert not Transaction.objects.exists()
    assert not Entry.objects.exists()


def test_currencies_do_not_balance_one_another(order):
    with pytest.raises(IntegrityError):
        write(order, (5, "CNY"), (-5, "USD"))
    assert not Entry.objects.exists()


def test_an_entry_cannot_be_slipped_into_an_old_transaction(paid):
    with pytest.raises(IntegrityError):
        Entry.objects.create(transaction=Transaction.objects.get(), account="a", amount=5, currency="CNY")
    assert Entry.objects.count() == 2


def test_the_same_key_books_once(order):
    for _ in range(3):
        ledger.book(key="k", order=order, debit="a", credit="b", amount=5)
    assert sorted(Entry.objects.values_list("amount", flat=True)) == [-5, 5]


STEPS = st.sampled_from(["buy", "pay", "decline", "close", "refund", "part", "cut", "mend", "replay", "ask"])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_whatever_happens_in_whatever_order_the_books_are_true(cat, tea, line, steps):
    for step in ["buy", *steps, "mend", "ask"]:
        _take(step, cat, line)
        assert sum(Entry.objects.values_list("amount", flat=True)) == 0
    for order in Order.objects.all():
        assert (order.number in tea.had) == order.is_paid


def _take(step, cat, line):
    order = Order.objects.of(cat).latest("pk") if step != "buy" else None
    try:
        if step == "buy":
            services.place_order(person=cat, goods="tea:1")
        elif step in ("cut", "mend"):
            line.is_cut = step == "cut"
        elif step == "replay":
            _replay(line)
        elif step == "ask":
            for each in Order.objects.all():
                services.refresh(order=each)
        else:
            DEEDS[step](order)
    except PaymentRefused:
        pass


def _replay(line):
    for body in list(line.sent):
        notify(body)


DEEDS = {
    "pay": pay,
    "decline": decline,
    "close": lambda order: services.close_order(order=order),
    "refund": lambda order: services.refund(order=order),
    "part": lambda order: services.refund(order=order, amount=100),
}

"""M1 and M5: one event a thousand times, and a thousand people before a hundred places."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from books import access_follows_the_money, are_whole
from django.db import connection
from tills import charge, notify

from accounts.models import User
from membership.models import Grant
from payments import services
from payments.models import Entry, Order, Stock, Transaction, WebhookEvent
from payments.providers.sandbox import desk
from payments.services import notices
from payments.services.inbox import clerk

pytestmark = [pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]


def test_m1_one_notice_a_thousand_times_fifty_at_once_is_one_sale(cat, inner_plan, line, at_scale, promise):
    order = services.place_order(person=cat, goods=f"plan:{inner_plan.pk}")
    desk.settle(charge=charge(order), pay=True)
    times = at_scale(200, 1000)

    def post(number):
        try:
            return notify(line[0]).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as pool:
        answers = Counter(pool.map(post, range(times)))
    clerk.join()
    assert WebhookEvent.objects.count() == Transaction.objects.count() == 1
    assert cat.grants.count() == 1
    are_whole()
    promise("M1", answers[200], f"of {times} answered with 2xx", bound=times, kept=answers == {200: times})
    assert answers == {200: times}


@pytest.mark.postgres
def test_p10_payments_are_heard_of_as_fast_as_a_busy_evening_brings_them(inner_plan, line, at_scale, promise):
    goods, sales = f"plan:{inner_plan.pk}", at_scale(60, 1000)
    people = User.objects.bulk_create(User(email=f"buyer{number}@example.com") for number in range(sales))
    for person in people:
        desk.settle(charge=charge(services.place_order(person=person, goods=goods)), pay=True)
    command = [sys.executable, str(ROOT / "tests/money/listeners.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    processes = [subprocess.Popen(command, cwd=ROOT, **pipes) for _ in range(2)]
    for part, process in enumerate(processes):
        process.stdin.write(b"\n".join(line[part::2]))
        process.stdin.close()
    told = [json.loads(process.stdout.read()) for process in processes]
    assert sum(one["taken"] for one in told) == sales
    assert Grant.objects.count() == Transaction.objects.count() == sales
    are_whole()
    began, ended, given = (max(one[name] for one in told) for name in ("began", "ended", "given"))
    rate = sales / (ended - began)
    promise(
        "P10",
        round(rate),
        "webhooks/s taken by two processes",
        bound=200,
        kept=rate >= at_scale(0, 200),
        sales=sales,
        given_per_s=round(sales / (given - began)),
    )


@pytest.mark.postgres
def test_m5_a_thousand_buyers_a_hundred_places_three_processes(inner_plan, at_scale, promise):
    goods, buyers, places = f"plan:{inner_plan.pk}", at_scale(120, 1000), at_scale(12, 100)
    Stock.objects.create(goods=goods, capacity=places)
    people = User.objects.bulk_create(User(email=f"buyer{number}@example.com") for number in range(buyers))
    keys = [str(person.pk) for person in people]
    command = [sys.executable, str(ROOT / "tests/money/buyers.py"), goods]
    processes = [
        subprocess.Popen([*command, *keys[part::3]], cwd=ROOT, stdout=subprocess.PIPE, text=True) for part in range(3)
    ]
    told = [json.loads(line) for process in processes for line in process.communicate()[0].splitlines()]
    became = Counter(one["became"] for one in told)
    assert became == {"paid": places, "sold out": buyers - places}
    assert Order.objects.paid().count() == Grant.objects.count() == Stock.objects.get().taken == places
    are_whole()
    access_follows_the_money()
    assert Entry.objects.filter(account="provider:sandbox").count() == places
    slowest = sorted(one["seconds"] for one in told)[int(buyers * 0.99)]
    kept = slowest <= at_scale(float("inf"), 3)
    promise("M5", slowest, "s p99 from asking to having it", bound=3, kept=kept, buyers=buyers, sold=places)


@pytest.mark.postgres
def test_hearing_of_an_order_and_placing_it_again_never_wait_for_each_other(cat, inner_plan, line, monkeypatch):
    """cat presses “buy” again in the moment in which her first payment is heard of."""
    goods = f"plan:{inner_plan.pk}"
    order = services.place_order(person=cat, goods=goods)
    desk.settle(charge=charge(order), pay=True)
    is_held, presses = threading.Event(), threading.Event()
    check = notices._check_amount

    def slowly(payment, notice):
        is_held.set()
        presses.wait(5)
        time.sleep(0.5)  # long enough for her press to reach the locks
        check(payment, notice)

    def press():
        is_held.wait(5)
        presses.set()
        try:
            return services.place_order(person=cat, goods=goods)
        finally:
            connection.close()

    monkeypatch.setattr(notices, "_check_amount", slowly)
    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(press)
        assert notify(line[0]).status_code == 200
        assert pressed.result(10) != order
    order.refresh_from_db()
    assert order.state == Order.State.PAID
    are_whole()

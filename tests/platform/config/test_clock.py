"""What is done again and again: the worker's clock puts it into the queue."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from config import clock

SWEEP, REMIND = "payments.tasks.sweep", "membership.tasks.remind"


def put_there(path, *, ago, **state):
    """As if the clock had put it into the queue so long ago."""
    DBTaskResult.objects.filter(task_path=path).update(enqueued_at=timezone.now() - timedelta(minutes=ago), **state)


@pytest.fixture
def done(db):
    """Everything has been put there once, and the worker has done it."""
    clock.tick()
    DBTaskResult.objects.update(status="SUCCESSFUL", finished_at=timezone.now())


def test_the_clock_puts_each_task_into_the_queue_when_its_hour_has_come(db):
    assert set(clock.tick()) == set(clock.EVERY)
    assert clock.tick() == []


def test_what_is_done_every_minute_comes_again_after_a_minute_and_nothing_else_does(done):
    for path in (SWEEP, REMIND):
        put_there(path, ago=2)
    assert clock.tick() == [SWEEP]
    assert clock.tick() == []


def test_what_is_done_every_hour_comes_again_after_an_hour(done):
    put_there(REMIND, ago=59)
    assert clock.tick() == []
    put_there(REMIND, ago=61)
    assert clock.tick() == [REMIND]


def test_what_the_worker_is_still_to_do_is_not_put_there_a_second_time(done):
    put_there(SWEEP, ago=60 * 24 * 3, status="READY")
    assert clock.tick() == []


def test_what_a_worker_died_over_is_put_there_again(done):
    put_there(SWEEP, ago=5, status="RUNNING")
    assert clock.tick() == [SWEEP]


def test_a_failure_does_not_bring_it_back_before_its_time(done):
    DBTaskResult.objects.filter(task_path=REMIND).update(status="FAILED")
    assert clock.tick() == []


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_what_the_clock_put_there(do_tasks):
    clock.tick()
    do_tasks()
    assert set(DBTaskResult.objects.successful().values_list("task_path", flat=True)) >= set(clock.EVERY)

"""Choosing the cohorts a lesson goes to."""

import threading
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cohorts.models import Cohort, Seat
from live.access import relayable
from live.engine import hub
from live.models import Relay
from live.services.relaying import relay_to

MANY = 10_000


def many(count=MANY):
    """Cohorts nobody has a seat in."""
    Cohort.objects.bulk_create(Cohort(name=f"群 {n:05d}") for n in range(count))
    return Cohort.objects.filter(name__startswith="群 ")


def relayed(broadcast):
    return sorted(broadcast.cohorts.values_list("name", flat=True))


@pytest.fixture
def far(db):
    """A cohort that takes another course; ada has no seat in it."""
    return Cohort.objects.create(name="远方群")


@pytest.fixture
def told(monkeypatch):
    """What was said to the sockets' own code."""
    told = []
    monkeypatch.setattr(hub, "control", lambda room, message: told.append(message))
    return told


def test_a_teacher_relays_to_cohorts_of_her_courses_and_to_those_she_sits_in(ada, broadcast, cohort, other_cohort, far):
    relay_to(broadcast=broadcast, cohorts=Cohort.objects.all(), by=ada)
    assert relayed(broadcast) == ["夜茶群", "晨茶群"]
    Seat.objects.create(cohort=far, person=ada)
    relay_to(broadcast=broadcast, cohorts=Cohort.objects.all(), by=ada)
    assert relayed(broadcast) == ["夜茶群", "晨茶群", "远方群"]


@pytest.mark.parametrize("who", ["olga", "otto"])
def test_those_who_run_the_school_relay_to_any_cohort_that_is_open(request, who, broadcast, cohort, far):
    closed = Cohort.objects.create(name="散了", closed_at="2026-01-01T00:00Z")
    person = request.getfixturevalue(who)
    assert closed not in relayable(person)
    relay_to(broadcast=broadcast, cohorts=Cohort.objects.all(), by=person)
    assert relayed(broadcast) == sorted(["夜茶群", "晨茶群", "远方群"])


def test_what_the_school_relayed_further_stays_when_the_teacher_chooses_anew(ada, olga, broadcast, cohort, far):
    relay_to(broadcast=broadcast, cohorts=Cohort.objects.all(), by=olga)
    relay_to(broadcast=broadcast, cohorts=Cohort.objects.filter(pk=cohort.pk), by=ada)
    assert relayed(broadcast) == ["晨茶群", "远方群"]


def test_the_console_names_only_the_cohorts_one_may_relay_to(login, ada, olga, broadcast, cohort, far):
    page = f"/live/{broadcast.lesson_id}/console/"
    assert "远方群" not in login(ada).get(page).content.decode()
    assert "远方群" in login(olga).get(page).content.decode()


def test_sockets_look_again_only_when_a_cohort_was_left_out(
    ada, broadcast, cohort, other_cohort, told, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        relay_to(broadcast=broadcast, cohorts=Cohort.objects.all(), by=ada)
    assert told == []
    with django_capture_on_commit_callbacks(execute=True):
        relay_to(broadcast=broadcast, cohorts=Cohort.objects.filter(pk=cohort.pk), by=ada)
    assert told == [{"kind": "recheck"}]


def test_ten_thousand_cohorts_are_chosen_and_left_out_in_a_stroke(olga, broadcast):
    cohorts = many()
    began = time.monotonic()
    with CaptureQueriesContext(connection) as queries:
        relay_to(broadcast=broadcast, cohorts=cohorts, by=olga)
    print(f"10,000 relays: {time.monotonic() - began:.2f} s, {len(queries)} queries")
    assert broadcast.relays.count() == MANY
    assert len(queries) < 60
    with CaptureQueriesContext(connection) as queries:
        relay_to(broadcast=broadcast, cohorts=cohorts, by=olga)
    assert len(queries) < 10
    assert broadcast.relays.count() == MANY
    relay_to(broadcast=broadcast, cohorts=Cohort.objects.none(), by=olga)
    assert broadcast.relays.count() == 0


@pytest.mark.django_db(transaction=True)
def test_pressing_twice_at_once_relays_once(olga, broadcast):
    cohorts = many(500)
    presses = [threading.Thread(target=_press, args=(broadcast, cohorts, olga)) for _ in range(4)]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    assert Relay.objects.filter(broadcast=broadcast).count() == 500


def _press(broadcast, cohorts, by):
    try:
        relay_to(broadcast=broadcast, cohorts=cohorts.all(), by=by)
    finally:
        connection.close()

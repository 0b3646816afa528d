"""What the host sends with one press, and the ledger of where it arrived."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cohorts.models import Cohort
from live.engine import hub
from live.errors import AlreadyEnded, BadInput
from live.models import Broadcast, Delivery, Event, Relay
from live.services import ledger
from live.services.broadcasts import record_event
from live.services.ledger import News, put_down, summary
from live.services.relaying import post, relay_to, retry_failed

State, Reason = Delivery.State, Delivery.Reason
MANY = 10_000


@pytest.fixture
def told(monkeypatch):
    """What the bus carried to listeners, and to the sockets' own code."""
    told = []
    monkeypatch.setattr(hub, "tell", lambda room, message: told.append(message))
    monkeypatch.setattr(hub, "control", lambda room, message: told.append(message))
    return told


@pytest.fixture
def sent(ada, broadcast):
    """A post on its way into both cohorts."""
    return post(broadcast=broadcast, by=ada, text="水开了")


def states(event):
    rows = event.deliveries.order_by("cohort__name").values_list("cohort__name", "state", "reason")
    return {name: (state, reason) for name, state, reason in rows}


def news(what, event, *cohorts, after=0.0):
    at = event.deliveries.first().queued_at + timedelta(seconds=after)
    return News(what, event.broadcast_id, event.pk, [cohort.pk for cohort in cohorts], at)


def test_one_press_is_one_log_row_one_message_and_a_row_for_each_of_ten_thousand_cohorts(
    ada, broadcast, told, django_capture_on_commit_callbacks
):
    Cohort.objects.bulk_create(Cohort(name=f"群 {n:05d}") for n in range(MANY - 2))
    Relay.objects.bulk_create(Relay(broadcast=broadcast, cohort=one) for one in Cohort.objects.filter(relays=None))
    began = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True), CaptureQueriesContext(connection) as queries:
        event = post(broadcast=broadcast, by=ada, text="水开了")
    took = time.monotonic() - began
    print(f"one press, 10,000 rows: {took * 1000:.0f} ms, {len(queries)} queries")
    assert len(queries) < 10
    assert (Event.objects.count(), Delivery.objects.count()) == (1, MANY)
    assert [(one["type"], one["kind"], one["payload"]["text"]) for one in told] == [("event", "post", "水开了")]
    began = time.monotonic()
    put_down(
        [
            News(
                "delivered",
                broadcast.pk,
                event.pk,
                list(Relay.objects.values_list("cohort", flat=True)),
                timezone.now(),
            )
        ]
    )
    print(f"10,000 delivered: {(time.monotonic() - began) * 1000:.0f} ms")
    began = time.monotonic()
    assert summary(event).delivered == MANY
    print(f"summary: {(time.monotonic() - began) * 1000:.0f} ms")


def test_the_same_press_twice_is_one_post(ada, broadcast, cohort, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        once = post(broadcast=broadcast, by=ada, text="水开了", press="a1")
        assert post(broadcast=broadcast, by=ada, text="水开了", press="a1") == once
    assert len(told) == 1
    assert post(broadcast=broadcast, by=ada, text="水开了", press="a2") != once


@pytest.mark.django_db(transaction=True)
def test_pressing_at_once_from_two_devices_is_one_post(ada, broadcast, cohort, other_cohort):
    presses = [threading.Thread(target=_press, args=(broadcast, ada)) for _ in range(4)]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    assert (Event.objects.count(), Delivery.objects.count()) == (1, 2)


def _press(broadcast, by):
    try:
        post(broadcast=broadcast, by=by, text="水开了", press="same")
    finally:
        connection.close()


@pytest.mark.parametrize(("text", "sentence"), [("  \n ", "还没有写字"), ("水" * 1001, "最多 1000 个字")])
def test_what_cannot_be_sent_is_said_and_leaves_no_row(ada, broadcast, text, sentence):
    with pytest.raises(BadInput, match=sentence):
        post(broadcast=broadcast, by=ada, text=text)
    assert not Event.objects.exists()


def test_nothing_is_sent_after_the_lesson(ada, broadcast):
    Broadcast.objects.update(state="ended")
    with pytest.raises(AlreadyEnded):
        post(broadcast=broadcast, by=ada, text="再见")


def test_a_closed_cohort_fails_and_says_so_and_is_not_retried(ada, broadcast, cohort, other_cohort):
    Cohort.objects.filter(pk=cohort.pk).update(closed_at=timezone.now())
    sent = post(broadcast=broadcast, by=ada, text="水开了")
    assert states(sent) == {"夜茶群": ("queued", ""), "晨茶群": ("failed", "closed")}
    assert retry_failed(broadcast=broadcast, event=sent) == []


def test_a_process_that_wrote_it_makes_it_delivered_and_says_how_fast(sent, cohort, other_cohort):
    put_down([news("delivered", sent, cohort, after=0.2), news("delivered", sent, other_cohort, after=1.4)])
    assert states(sent) == {"夜茶群": ("delivered", ""), "晨茶群": ("delivered", "")}
    told = summary(sent)
    assert (told.delivered, told.p50, told.p95) == (2, 1400, 1400)
    put_down([news("delivered", sent, cohort, after=9)])
    assert sorted(sent.deliveries.values_list("took_ms", flat=True)) == [200, 1400]


def test_a_cohort_nobody_is_online_in_has_it_in_its_log(sent, cohort, other_cohort, do_tasks):
    put_down([news("delivered", sent, cohort), news("offline", sent, cohort)])
    assert states(sent)["夜茶群"] == ("delivered", "offline")
    assert (summary(sent).delivered, summary(sent).offline, summary(sent).p95) == (1, 1, 0)


def test_where_no_process_listens_the_worker_puts_down_that_nobody_was_online(sent, do_tasks, monkeypatch):
    from live.tasks import settle

    settle.call(sent.pk)
    assert set(states(sent).values()) == {("delivered", "offline")}


def test_someone_online_and_no_process_saying_so_is_a_failure_until_late_news_comes(sent, cohort, other_cohort):
    put_down([news("offline", sent, cohort), news("unreported", sent, cohort)])
    assert states(sent) == {"夜茶群": ("delivered", "offline"), "晨茶群": ("failed", "unreported")}
    put_down([news("delivered", sent, cohort, other_cohort, after=12)])
    assert set(states(sent).values()) == {("delivered", "")}


def test_only_what_failed_is_sent_again(
    broadcast, sent, cohort, other_cohort, told, django_capture_on_commit_callbacks
):
    put_down([news("delivered", sent, other_cohort), news("unreported", sent, cohort)])
    with django_capture_on_commit_callbacks(execute=True):
        assert retry_failed(broadcast=broadcast, event=sent) == [cohort.pk]
        assert retry_failed(broadcast=broadcast, event=sent) == []
    assert told == [{"kind": "again", "event": sent.pk, "cohorts": [cohort.pk]}]
    assert sent.deliveries.count() == 2
    assert sent.deliveries.get(cohort=cohort).attempts == 2
    assert states(sent) == {"夜茶群": ("delivered", ""), "晨茶群": ("queued", "")}


def test_the_first_ear_is_kept_whatever_was_said_before(sent, cohort, other_cohort):
    put_down(
        [news("unreported", sent, cohort), news("heard", sent, cohort, after=3), news("heard", sent, cohort, after=9)]
    )
    row = sent.deliveries.get(cohort=cohort)
    assert (row.state, row.reason, row.heard_at - row.queued_at) == ("heard", "", timedelta(seconds=3))
    assert row.failed_at is None
    put_down([news("delivered", sent, cohort)])
    assert states(sent)["晨茶群"] == ("heard", "")


def test_the_start_of_the_lesson_has_its_rows_too_and_a_cohort_that_joins_late_gets_one(
    ada, broadcast, cohort, other_cohort
):
    relay_to(broadcast=broadcast, cohorts=Cohort.objects.filter(pk=cohort.pk), by=ada)
    early = News("delivered", broadcast.pk, None, [cohort.pk], timezone.now())
    assert put_down([early]) == [early]
    for _ in range(2):
        record_event(broadcast_id=broadcast.pk, event={"n": 1, "t": 0, "kind": "start"})
    start = Event.objects.get()
    assert put_down([early]) == []
    put_down([News("heard", broadcast.pk, None, [cohort.pk], timezone.now())])
    relay_to(broadcast=broadcast, cohorts=Cohort.objects.all(), by=ada)
    assert states(start) == {"夜茶群": ("queued", ""), "晨茶群": ("heard", "")}
    assert broadcast.relays.get(cohort=cohort).first_heard_at


def test_news_that_is_quicker_than_the_ledger_waits_for_it(broadcast, cohort, other_cohort):
    event = Event.objects.create(broadcast=broadcast, kind="post", t=0)
    early = News("delivered", broadcast.pk, event.pk, [cohort.pk], timezone.now())
    assert put_down([early]) == [early]
    ledger.queue(event)
    assert put_down([early]) == []
    assert states(event)["晨茶群"] == ("delivered", "")


def test_news_of_another_lesson_s_entry_changes_nothing(sent, cohort):
    put_down([News("heard", sent.broadcast_id + 1, sent.pk, [cohort.pk], timezone.now())])
    assert states(sent)["晨茶群"] == ("queued", "")
    assert ledger.summary(sent).queued == 2

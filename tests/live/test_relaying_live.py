"""One press over real sockets: what listeners get at once, and what the ledger says about it."""

import asyncio
import http.client
import json
import time
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client

from cohorts.models import Cohort
from live.client import Speaker, door
from live.models import Delivery, Event
from live.services.tickets import issue_ticket

pytestmark = pytest.mark.django_db(transaction=True)


def submit(site, person, path, **fields):
    """Send a form as the person's browser would, without following where it leads."""
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    cookies = f"sessionid={browser.cookies['sessionid'].value}; csrftoken={'c' * 32}"
    headers = {"Cookie": cookies, "Origin": site, "Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({**fields, "csrfmiddlewaretoken": "c" * 32})

    def send():
        connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
        connection.request("POST", path, body, headers)
        return connection.getresponse().status

    return send


def ticket(person, broadcast, cohort):
    return issue_ticket(person=person, broadcast=broadcast, part="listen", cohort_id=cohort.pk)


async def next_event(socket, within=10):
    async with asyncio.timeout(within):
        while True:
            message = await socket.recv()
            if isinstance(message, str) and (told := json.loads(message))["type"] == "event":
                return told


def lose_sight_of(cohort):
    """As though no process had reported: what happens when the one that should have was killed."""
    Delivery.objects.filter(cohort=cohort).update(state="failed", reason="unreported")
    return Event.objects.get().pk


def until(state, **which):
    """Wait for a row to come to a state."""
    deadline = time.monotonic() + 15
    row = None
    while time.monotonic() < deadline:
        row = Delivery.objects.filter(**which).first()
        if row and (row.state, row.reason) == state:
            return row
        time.sleep(0.1)
    raise AssertionError(f"{row and row.state} {row and row.reason}")


def test_one_press_reaches_who_listens_and_the_ledger_knows_who_does_not(
    school, ada, ben, bob, broadcast, cohort, other_cohort
):
    empty = Cohort.objects.create(name="空群")
    broadcast.relays.create(cohort=empty)
    site = school.start().url
    press = submit(site, ada, f"/live/{broadcast.lesson_id}/relay/post/", text="水开了", press="a1")
    first, second = ticket(ben, broadcast, cohort), ticket(bob, broadcast, other_cohort)

    async def sit():
        async with door(site, "listen", first) as one, door(site, "listen", second) as two:
            await asyncio.gather(one.recv(), two.recv())
            status, *told = await asyncio.gather(asyncio.to_thread(press), next_event(one), next_event(two))
            await one.send(json.dumps({"type": "heard", "event": told[0]["id"]}))
            await asyncio.to_thread(until, ("heard", ""), cohort=cohort)
            await asyncio.to_thread(until, ("delivered", ""), cohort=other_cohort)
            await asyncio.to_thread(until, ("delivered", "offline"), cohort=empty)
            return status, told

    status, told = asyncio.run(sit())
    assert status == 302
    assert [one["payload"]["text"] for one in told] == ["水开了"] * 2
    assert Event.objects.count() == 1
    print("queued to written, ms:", *Delivery.objects.exclude(took_ms=None).values_list("took_ms", flat=True))


def test_a_retry_reaches_only_the_cohort_that_had_not_got_it(school, ada, ben, bob, broadcast, cohort, other_cohort):
    site = school.start().url
    post = submit(site, ada, f"/live/{broadcast.lesson_id}/relay/post/", text="水开了")
    first, second = ticket(ben, broadcast, cohort), ticket(bob, broadcast, other_cohort)

    async def sit():
        async with door(site, "listen", first) as one, door(site, "listen", second) as two:
            await asyncio.gather(one.recv(), two.recv())
            await asyncio.gather(asyncio.to_thread(post), next_event(one), next_event(two))
            await asyncio.to_thread(until, ("delivered", ""), cohort=cohort)
            await asyncio.to_thread(until, ("delivered", ""), cohort=other_cohort)
            event = await asyncio.to_thread(lose_sight_of, cohort)
            path = f"/live/{broadcast.lesson_id}/relay/retry/{event}/"
            again = await asyncio.to_thread(submit, site, ada, path)
            _, told = await asyncio.gather(asyncio.to_thread(again), next_event(one))
            with pytest.raises(TimeoutError):
                await next_event(two, within=1.5)
            return event, told

    event, told = asyncio.run(sit())
    assert told["id"] == event
    assert until(("delivered", ""), cohort=cohort).attempts == 2
    assert Delivery.objects.get(cohort=other_cohort).attempts == 1


@pytest.mark.parametrize(
    "said", [{"event": 10**12}, {"event": 10**30}, {"event": True}, {"event": "x"}, {"event": [1]}]
)
def test_a_listener_who_claims_to_have_heard_what_was_never_said_changes_nothing(school, ben, broadcast, cohort, said):
    site = school.start().url
    first = ticket(ben, broadcast, cohort)

    async def sit():
        async with door(site, "listen", first) as one:
            await one.recv()
            await one.send(json.dumps({"type": "heard", **said}))
            await asyncio.sleep(0.8)
            await one.send(json.dumps({"type": "report", "seq": 0}))
            await asyncio.sleep(0.2)

    asyncio.run(sit())
    assert not Delivery.objects.exists()


def test_the_start_of_a_lesson_is_delivered_to_who_waits_and_heard_when_the_first_sound_plays(
    school, ada, ben, broadcast, cohort, other_cohort, packets
):
    site = school.start().url
    ear, mouth = ticket(ben, broadcast, cohort), issue_ticket(person=ada, broadcast=broadcast, part="speak")

    async def sit():
        async with door(site, "listen", ear) as one, door(site, "speak", mouth) as socket:
            await one.recv()
            speaker = Speaker(socket)
            await speaker.greet()
            await speaker.say(packets[:50], pace=0)
            await asyncio.to_thread(until, ("delivered", ""), cohort=cohort)
            await one.send(json.dumps({"type": "heard", "seq": 1}))
            await asyncio.to_thread(until, ("heard", ""), cohort=cohort)
            await asyncio.to_thread(until, ("delivered", "offline"), cohort=other_cohort)

    asyncio.run(sit())
    assert Delivery.objects.get(cohort=cohort).event.kind == "start"
    assert broadcast.relays.get(cohort=cohort).first_heard_at

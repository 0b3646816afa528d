"""The emergency brake, and the seconds it has."""

import asyncio
import json
import time

import pytest
from visiting import poster

from live.client import Heard, Speaker, door
from live.errors import AlreadyEnded, BadInput, Halted
from live.models import Broadcast
from live.services.broadcasts import end_broadcast
from live.services.microphone import take_microphone
from live.services.stopping import halt, hold_back, resume
from live.services.tickets import issue_ticket

pytestmark = pytest.mark.django_db(transaction=True)


def test_nobody_takes_the_microphone_of_a_stopped_lesson_until_it_goes_on(broadcast):
    halt(broadcast=broadcast)
    with pytest.raises(Halted):
        take_microphone(broadcast_id=broadcast.pk, holder="one")
    resume(broadcast=broadcast)
    assert take_microphone(broadcast_id=broadcast.pk, holder="one").epoch == 1


def test_stopping_twice_is_written_down_once(broadcast):
    halt(broadcast=broadcast)
    halt(broadcast=broadcast)
    resume(broadcast=broadcast)
    resume(broadcast=broadcast)
    assert list(broadcast.events.values_list("kind", flat=True)) == ["halt", "resume"]


def test_a_lesson_that_is_over_cannot_be_stopped(broadcast):
    Broadcast.objects.filter(pk=broadcast.pk).update(epoch=1, state=Broadcast.State.LIVE)
    broadcast.refresh_from_db()
    end_broadcast(broadcast=broadcast)
    with pytest.raises(AlreadyEnded):
        halt(broadcast=broadcast)


@pytest.mark.parametrize("seconds", [-1, 31])
def test_a_delay_out_of_reason_is_refused(broadcast, seconds):
    with pytest.raises(BadInput):
        hold_back(broadcast=broadcast, seconds=seconds)


def post(client, broadcast, path, **body):
    address = f"/live/{broadcast.lesson_id}/{path}/"
    return client.post(address, json.dumps(body), content_type="application/json")


def test_the_host_stops_it_and_a_member_does_not(broadcast, login, ada, ben):
    assert post(login(ben), broadcast, "halt").status_code == 404
    assert post(login(ada), broadcast, "halt").json() == {"halted": True, "hold_back": 0}
    assert post(login(ada), broadcast, "halt", on=False).json()["halted"] is False
    assert post(login(ada), broadcast, "halt", on="yes").status_code == 400
    assert post(login(ada), broadcast, "hold-back", seconds=10).json()["hold_back"] == 10
    assert post(login(ada), broadcast, "hold-back", seconds="10").status_code == 400


def test_a_stop_reaches_every_cohort_within_a_second_and_what_was_held_back_is_never_heard(
    school, ada, ben, bob, broadcast, cohort, other_cohort, packets
):
    hold_back(broadcast=broadcast, seconds=2)
    site = school.start().url
    ears = [
        issue_ticket(person=person, broadcast=broadcast, part="listen", cohort_id=seat.pk)
        for person, seat in ((ben, cohort), (bob, other_cohort))
    ]
    teacher = issue_ticket(person=ada, broadcast=broadcast, part="speak")
    stop = poster(site, ada, f"/live/{broadcast.lesson_id}/halt/")
    stopped = []

    async def listen(ticket, heard):
        async with door(site, "listen", ticket) as socket:
            async for message in socket:
                if isinstance(message, bytes):
                    heard.take(message)
                elif json.loads(message).get("kind") == "halt":
                    stopped.append(time.monotonic())

    async def lesson():
        heard = [Heard(), Heard()]
        listening = [asyncio.create_task(listen(*pair)) for pair in zip(ears, heard, strict=True)]
        async with door(site, "speak", teacher) as socket:
            speaker = Speaker(socket)
            await speaker.greet()
            acks = asyncio.create_task(speaker.listen())
            await speaker.say(packets[:200])  # four seconds
            await speaker.all_durable()
            pressed = time.monotonic()
            assert (await asyncio.to_thread(stop))[0] == 200
            await asyncio.sleep(2.5)
            acks.cancel()
            await asyncio.gather(acks, return_exceptions=True)
        for task in listening:
            task.cancel()
        return pressed, heard

    pressed, heard = asyncio.run(lesson())
    assert len(stopped) == 2
    assert max(stopped) - pressed < 1
    for one in heard:
        assert 0 < len(one.packets) <= 130, "two of four seconds were held back, and stopped"

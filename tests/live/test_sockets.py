"""The doors of the live room, on a real server over real sockets."""

import asyncio
import contextlib
import json
import signal
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from django.utils import timezone
from visiting import poster
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from cohorts.models import Cohort
from live.client import Heard, RefusedByServer, Speaker, door, hear
from live.engine import wire
from live.models import Broadcast, Clip, Event, Relay
from live.services.broadcasts import end_broadcast
from live.services.recording import frames_of, timeline
from live.services.relaying import relay_to
from live.services.tickets import issue_ticket
from membership.models import Tier
from membership.services import withdraw

pytestmark = pytest.mark.django_db(transaction=True)


def listen_ticket(person, broadcast, cohort=None):
    return issue_ticket(person=person, broadcast=broadcast, part="listen", cohort_id=cohort.pk if cohort else None)


def speak_ticket(person, broadcast):
    return issue_ticket(person=person, broadcast=broadcast, part="speak")


@contextlib.asynccontextmanager
async def microphone(site, ticket):
    async with door(site, "speak", ticket) as socket:
        speaker = Speaker(socket)
        await speaker.greet()
        listening = asyncio.create_task(speaker.listen())
        yield speaker
        listening.cancel()


async def greeting(socket):
    return json.loads(await socket.recv())


async def refusal(socket):
    """The code and sentence with which the server closes."""
    told = json.loads(await asyncio.wait_for(socket.recv(), 10))
    with pytest.raises(ConnectionClosed) as closed:
        await asyncio.wait_for(nothing_more(socket), 10)
    return told["code"], told["sentence"], closed.value.rcvd.code


async def nothing_more(socket):
    while True:
        await socket.recv()


async def until_frames(heard, n):
    async with asyncio.timeout(15):
        while heard.frames < n:
            await asyncio.sleep(0.02)


def test_what_the_teacher_says_reaches_both_cohorts_packet_by_packet(
    school, ada, ben, bob, broadcast, cohort, other_cohort, packets
):
    site = school.start().url
    tickets = [listen_ticket(ben, broadcast, cohort), listen_ticket(bob, broadcast, other_cohort)]
    teacher = speak_ticket(ada, broadcast)
    spoken = packets[:150]

    async def lesson():
        async with contextlib.AsyncExitStack() as doors:
            sockets = [await doors.enter_async_context(door(site, "listen", ticket)) for ticket in tickets]
            hellos = [await greeting(socket) for socket in sockets]
            heard = [Heard(), Heard()]
            ears = [asyncio.create_task(hear(s, heard=h)) for s, h in zip(sockets, heard, strict=True)]
            async with microphone(site, teacher) as speaker:
                await speaker.say(spoken, pace=0.2)
                await asyncio.wait_for(speaker.all_durable(), 10)
                for one in heard:
                    await until_frames(one, 50)
            for ear in ears:
                ear.cancel()
            return hellos, heard

    hellos, heard = asyncio.run(lesson())
    assert [hello["state"] for hello in hellos] == ["waiting", "waiting"]
    for one in heard:
        assert one.packets == spoken
        assert one.gaps == 0
        assert [event["kind"] for event in one.events] == ["start", "clip_start", "clip_end"]
    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.LIVE
    assert Clip.objects.get().ends_t == 150 * 8
    assert Relay.objects.filter(first_heard_at__isnull=False).count() == 2


def test_a_reused_ticket_is_refused_with_a_sentence(school, ben, broadcast):
    site, ticket = school.start().url, listen_ticket(ben, broadcast)

    async def twice():
        async with door(site, "listen", ticket) as socket:
            await greeting(socket)
            async with door(site, "listen", ticket) as again:
                return await refusal(again)

    code, sentence, close = asyncio.run(twice())
    assert (code, close) == ("ticket", 4401)
    assert "凭证" in sentence


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
@pytest.mark.parametrize("part", ["listen", "speak", "talk"])
def test_a_page_of_another_site_gets_no_socket(school, ben, broadcast, origin, part):
    site = urlsplit(school.start().url)
    ticket = issue_ticket(person=ben, broadcast=broadcast, part="listen")

    async def attempt():
        url = f"ws://{site.netloc}/ws/{part}/"
        async with connect(url, origin=origin, subprotocols=["qunke.1", f"ticket.{ticket}"], proxy=None):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(attempt())
    assert refused.value.response.status_code == 403


def test_a_second_microphone_is_refused_and_the_first_goes_on(school, ada, olga, broadcast, packets):
    site = school.start().url
    first, second = speak_ticket(ada, broadcast), speak_ticket(olga, broadcast)

    async def two():
        async with microphone(site, first) as speaker:
            async with door(site, "speak", second) as late:
                told = await refusal(late)
            await speaker.say(packets[:30], pace=0)
            await asyncio.wait_for(speaker.all_durable(), 10)
            return told

    code, sentence, close = asyncio.run(two())
    assert (code, close) == ("busy", 4409)
    assert "麦克风" in sentence


@pytest.mark.parametrize(
    ("data", "code", "close"),
    [
        (b"not a frame", "malformed", 4400),
        (b"\x01" * 5000, "too_big", 4413),
        ("not json", "malformed", 4400),
        (json.dumps({"type": "slide", "n": "x"}), "malformed", 4400),
        (wire.pack(wire.Frame(wire.AUDIO, 0, 99, 1, 0, (b"\x78abc",))), "malformed", 4400),
    ],
)
def test_nonsense_from_a_microphone_is_refused_and_relayed_to_nobody(school, ada, ben, broadcast, data, code, close):
    site = school.start().url
    ear, mouth = listen_ticket(ben, broadcast), speak_ticket(ada, broadcast)

    async def attempt():
        async with door(site, "listen", ear) as socket, door(site, "speak", mouth) as speaking:
            await greeting(socket)
            await greeting(speaking)
            await speaking.send(data)
            told = await refusal(speaking)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(socket.recv(), 0.5)
            return told

    told = asyncio.run(attempt())
    assert (told[0], told[2]) == (code, close)
    assert told[1]


def test_a_listener_who_sends_nonsense_is_let_go_and_the_others_hear_on(school, ada, ben, bob, broadcast, packets):
    site = school.start().url
    rude, kind = listen_ticket(ben, broadcast), listen_ticket(bob, broadcast)
    teacher = speak_ticket(ada, broadcast)

    async def attempt():
        async with door(site, "listen", rude) as one, door(site, "listen", kind) as other:
            await greeting(one)
            await greeting(other)
            await one.send("x" * 2000)
            told = await refusal(one)
            heard = Heard()
            ear = asyncio.create_task(hear(other, heard=heard))
            async with microphone(site, teacher) as speaker:
                await speaker.say(packets[:30], pace=0)
                await until_frames(heard, 10)
            ear.cancel()
            return told, heard

    told, heard = asyncio.run(attempt())
    assert told[0] == "malformed"
    assert heard.packets == packets[:30]


def test_a_huge_message_closes_only_its_own_socket(school, ben, bob, broadcast):
    site = school.start().url
    rude, kind = listen_ticket(ben, broadcast), listen_ticket(bob, broadcast)

    async def attempt():
        async with door(site, "listen", rude) as one, door(site, "listen", kind) as other:
            await greeting(one)
            await greeting(other)
            with contextlib.suppress(ConnectionClosed):
                await one.send("x" * 200_000)
                await one.recv()
            await other.ping()

    asyncio.run(attempt())


def test_who_lost_the_connection_gets_what_was_missed(school, ada, ben, broadcast, packets):
    site = school.start().url
    tickets = [listen_ticket(ben, broadcast) for _ in range(3)]
    teacher = speak_ticket(ada, broadcast)

    async def lesson():
        heard = Heard()
        async with microphone(site, teacher) as speaker, door(site, "listen", tickets[0]) as stays:
            await greeting(stays)
            async with door(site, "listen", tickets[1]) as socket:
                await greeting(socket)
                ear = asyncio.create_task(hear(socket, heard=heard))
                await speaker.say(packets[:60], pace=0)
                await until_frames(heard, 20)
                ear.cancel()
            await speaker.say(packets[60:120], pace=0)
            epoch, seq = heard.last
            async with door(site, "listen", tickets[2], f"?epoch={epoch}&seq={seq}") as socket:
                hello = await greeting(socket)
                ear = asyncio.create_task(hear(socket, heard=heard))
                await until_frames(heard, 40)
                ear.cancel()
            return hello, heard

    hello, heard = asyncio.run(lesson())
    assert hello["resumed"] is True
    assert heard.gaps == 0
    assert heard.packets == packets[:120]


def test_what_the_microphone_says_twice_is_heard_once(school, ada, ben, broadcast, packets):
    site, ear_ticket, teacher = school.start().url, listen_ticket(ben, broadcast), speak_ticket(ada, broadcast)

    async def lesson():
        heard = Heard()
        async with door(site, "listen", ear_ticket) as socket, door(site, "speak", teacher) as mouth:
            await greeting(socket)
            epoch = (await greeting(mouth))["epoch"]
            ear = asyncio.create_task(hear(socket, heard=heard))
            frames = [
                wire.pack(wire.Frame(wire.AUDIO, 1 if n == 1 else 0, epoch, n, 0, tuple(packets[n * 3 - 3 : n * 3])))
                for n in range(1, 11)
            ]
            for frame in (*frames[:6], *frames[2:]):
                await mouth.send(frame)
            await until_frames(heard, 10)
            ear.cancel()
        return heard

    heard = asyncio.run(lesson())
    assert heard.packets == packets[:30]


def test_a_member_whose_right_ends_in_another_process_is_shown_out_within_five_seconds(school, ben, broadcast):
    site, ticket = school.start().url, listen_ticket(ben, broadcast)
    grant = ben.grants.get()

    async def stay():
        async with door(site, "listen", ticket) as socket:
            await greeting(socket)
            await asyncio.to_thread(withdraw, source=grant.source)
            return await asyncio.wait_for(refusal(socket), 5)

    code, sentence, close = asyncio.run(stay())
    assert (code, close) == ("access", 4403)
    assert sentence


def test_a_member_whose_right_runs_out_during_the_lesson_is_shown_out_at_that_moment(school, ben, broadcast):
    site = school.start().url
    ben.grants.update(ends_at=timezone.now() + timedelta(seconds=3))
    ticket = listen_ticket(ben, broadcast)

    async def stay():
        async with door(site, "listen", ticket) as socket:
            await greeting(socket)
            return await asyncio.wait_for(refusal(socket), 6)

    assert asyncio.run(stay())[0] == "access"


def test_who_begins_to_listen_elsewhere_is_shown_out_here_within_five_seconds(school, ben, inner, broadcast):
    Tier.objects.filter(pk=inner.pk).update(max_streams=1)
    server = school.start()
    phone, laptop = (poster(server.url, ben, f"/live/{broadcast.lesson_id}/ticket/", {"part": "listen"}) for _ in "ab")

    async def both():
        async with door(server.url, "listen", (await asyncio.to_thread(phone))[1]["ticket"]) as socket:
            await greeting(socket)
            async with door(server.url, "listen", (await asyncio.to_thread(laptop))[1]["ticket"]) as newer:
                again = (await greeting(newer))["again"]
                told = await asyncio.wait_for(refusal(socket), 5)
                with pytest.raises(asyncio.TimeoutError):  # the newer one stays, also when the places are counted again
                    await asyncio.wait_for(newer.recv(), 4)
        async with door(server.url, "listen", again) as back:
            return told, await greeting(back)

    (code, sentence, close), greeted = asyncio.run(both())
    assert (code, close) == ("elsewhere", 4409)
    assert "再试一次" in sentence
    assert greeted["type"] == "hello"


def test_who_signs_out_hears_no_more(school, ben, broadcast):
    server, ticket = school.start(), listen_ticket(ben, broadcast)
    sign_out = poster(server.url, ben, "/accounts/logout/")

    async def stay():
        async with door(server.url, "listen", ticket) as socket:
            await greeting(socket)
            await asyncio.to_thread(sign_out)
            return await asyncio.wait_for(refusal(socket), 5)

    assert asyncio.run(stay())[0] == "access"


def test_the_end_reaches_everyone_and_ending_twice_is_refused(school, ada, ben, broadcast, packets):
    server = school.start()
    ear_ticket, teacher = listen_ticket(ben, broadcast), speak_ticket(ada, broadcast)
    end = poster(server.url, ada, f"/live/{broadcast.lesson_id}/end/")

    async def lesson():
        async with door(server.url, "listen", ear_ticket) as socket, microphone(server.url, teacher) as speaker:
            await greeting(socket)
            heard = Heard()
            ear = asyncio.create_task(hear(socket, heard=heard))
            await speaker.say(packets[:30], pace=0)
            await asyncio.wait_for(speaker.all_durable(), 10)
            first = await asyncio.to_thread(end)
            await asyncio.wait_for(ear, 5)
            second = await asyncio.to_thread(end)
            return heard, first, second

    heard, first, second = asyncio.run(lesson())
    assert heard.ended
    assert first[0] == 200
    assert second[0] == 409
    assert "下课" in second[1]["error"]
    assert Event.objects.filter(kind="end").count() == 1


def test_nobody_speaks_after_the_end(school, ada, broadcast):
    site = school.start().url
    Broadcast.objects.update(epoch=1)
    ticket = speak_ticket(ada, broadcast)
    end_broadcast(broadcast=broadcast)

    async def attempt():
        async with door(site, "speak", ticket) as socket:
            return await refusal(socket)

    assert asyncio.run(attempt())[0] == "ended"


def test_a_killed_server_loses_nothing_that_was_acknowledged(school, ada, broadcast, packets):
    server, teacher = school.start(), speak_ticket(ada, broadcast)

    async def before():
        async with microphone(server.url, teacher) as speaker:
            await speaker.say(packets[:90], pace=0)
            await asyncio.wait_for(speaker.all_durable(), 10)
            server.stop(signal.SIGKILL)
            return speaker.durable

    with contextlib.suppress(ConnectionClosed, RefusedByServer):
        durable = asyncio.run(before())
    Broadcast.objects.update(mic_until=None)  # the lease runs out in 8 s; the test does not wait for it
    again, ticket = school.start(), speak_ticket(ada, broadcast)

    async def after():
        async with microphone(again.url, ticket) as speaker:
            first = speaker.next
            await speaker.say(packets[90:120], pace=0)
            await asyncio.wait_for(speaker.all_durable(), 10)
            return first

    assert asyncio.run(after()) == durable + 1
    kept = list(timeline(frame for frame in frames_of(broadcast.pk) if frame.type == wire.AUDIO))
    assert kept == packets[:120]


def test_a_cohort_that_is_taken_off_the_relay_stops_hearing(school, ada, ben, broadcast, cohort, other_cohort):
    server = school.start()
    ticket = listen_ticket(ben, broadcast, cohort)
    relay = poster(server.url, ada, f"/live/{broadcast.lesson_id}/relay/", {"cohorts": [other_cohort.pk]})

    async def attempt():
        async with door(server.url, "listen", ticket) as socket:
            await greeting(socket)
            status, _ = await asyncio.to_thread(relay)
            return status, await asyncio.wait_for(refusal(socket), 5)

    status, told = asyncio.run(attempt())
    assert status == 200
    assert told[0] == "access"
    chosen = Cohort.objects.filter(pk=cohort.pk)
    assert relay_to(broadcast=broadcast, cohorts=chosen, by=ada).cohorts.get() == cohort


def test_the_teacher_is_told_how_many_listeners_struggle(school, ada, ben, bob, broadcast):
    site = school.start().url
    bad, good = listen_ticket(ben, broadcast), listen_ticket(bob, broadcast)
    teacher = speak_ticket(ada, broadcast)

    async def attempt():
        async with door(site, "listen", bad) as one, door(site, "listen", good) as other:
            await one.send(json.dumps({"type": "report", "lost": 2, "skipped": 0, "late_ms": 100}))
            await other.send(json.dumps({"type": "report", "lost": 0, "skipped": 0, "late_ms": 100}))
            async with microphone(site, teacher) as speaker, asyncio.timeout(10):
                while "struggling" not in speaker.stats:
                    await asyncio.sleep(0.05)
                return speaker.stats

    stats = asyncio.run(attempt())
    assert (stats["listeners"], stats["struggling"]) == (2, 1)


def test_a_report_that_makes_no_sense_closes_only_its_own_socket(school, ben, broadcast):
    site, ticket = school.start().url, listen_ticket(ben, broadcast)

    async def attempt():
        async with door(site, "listen", ticket) as socket:
            await greeting(socket)
            await socket.send(json.dumps({"type": "report", "lost": "many"}))
            return await refusal(socket)

    assert asyncio.run(attempt())[0] == "malformed"


def test_who_finds_the_classroom_full_is_told_where_to_listen_meanwhile(school, ben, bob, broadcast):
    site = school.start(LIVE_LISTENERS="1").url
    first, second = listen_ticket(ben, broadcast), listen_ticket(bob, broadcast)

    async def attempt():
        async with door(site, "listen", first) as one:
            await greeting(one)
            async with door(site, "listen", second) as other:
                return await greeting(other)

    told = asyncio.run(attempt())
    assert (told["type"], told["code"]) == ("refused", "full")
    assert told["hls"] == f"/live/{broadcast.lesson_id}/hls/live.m3u8"


def test_a_form_in_which_nothing_was_filled_in_reaches_the_school(school):
    """The office sends such forms; a server that reads forms itself would cut them off without a word."""
    empty = requests.post(
        f"{school.start().url}/accounts/login/",
        data=b"--none--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=none"},
        timeout=30,
    )
    assert empty.status_code == 403  # it lacks the token
    assert "<html" in empty.text

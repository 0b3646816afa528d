"""S1, S4, S5: who may not come in, and who may not stay."""

import asyncio
import json
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.utils import timezone
from scene import ticket
from visitor import Visitor
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from live.client import RefusedByServer, door, text
from live.errors import NoAccess
from live.models import Ticket
from media.services import keep
from membership.devices import release
from membership.models import Device, Tier
from membership.services import withdraw

pytestmark = pytest.mark.django_db(transaction=True)
LATEST = 5  # seconds


def hello(site, pass_, part="listen"):
    """What a newcomer is told first."""

    async def come():
        async with door(site, part, pass_) as socket:
            return text(await asyncio.wait_for(socket.recv(), 20))

    return asyncio.run(come())


def code(site, pass_, part="listen"):
    """Why a newcomer is refused; nothing when she is not."""
    try:
        hello(site, pass_, part)
    except RefusedByServer as refusal:
        return refusal.code
    return ""


def test_s1_a_page_of_another_site_gets_no_socket_whatever_it_carries(school, ben, broadcast, promise):
    site = school.start().url
    pass_ = ticket(ben, broadcast, "listen")
    own, host = urlsplit(site), urlsplit(site).netloc
    foreign = [
        None, "null", "", "https://evil.example", f"https://{host}.evil.example", f"http://{host}@evil.example",
        f"http://evil.example#{host}", f"http://localhost:{own.port}", f"ftp://{host}", f"http://{own.hostname}:1", "*",
    ]  # fmt: skip
    cookie = {"Cookie": Visitor(site, ben).cookies}

    async def come(part, origin):
        protocols = ["qunke.1", f"ticket.{pass_}"]
        url = f"ws://{host}/ws/{part}/"
        async with connect(url, origin=origin, subprotocols=protocols, additional_headers=cookie, proxy=None):
            pass

    inside, answers, attempts = 0, set(), [(part, origin) for part in ("listen", "speak", "talk") for origin in foreign]
    for part, origin in attempts:
        try:
            asyncio.run(come(part, origin))
            inside += 1
        except InvalidStatus as refused:
            answers.add(refused.response.status_code)
    assert answers <= {400, 403}
    assert hello(site, pass_)["type"] == "hello"  # and the ticket is still good
    promise("S1", inside, "foreign pages let in", bound=0, kept=not inside, attempts=len(attempts))
    assert not inside


def test_s5_a_ticket_opens_one_socket_once_within_a_minute_and_stands_in_no_log(
    school, ada, ben, cat, broadcast, lesson, at_scale, promise
):
    server = school.start()
    site, many = server.url, at_scale(20, 200)
    shared = ticket(ben, broadcast, "listen")

    async def everybody():
        async def come():
            try:
                async with door(site, "listen", shared) as socket:
                    return text(await socket.recv())["again"]
            except RefusedByServer as refusal:
                return refusal.code

        return await asyncio.gather(*(come() for _ in range(many)))

    told = asyncio.run(everybody())
    again = [one for one in told if one != "ticket"]
    late = ticket(ben, broadcast, "listen")
    Ticket.objects.filter(used_at=None).update(expires_at=timezone.now() - timedelta(seconds=1))
    refused = {
        "late": code(site, late),
        "for another door": code(site, ticket(ben, broadcast, "listen"), "speak"),
        "made up": code(site, "x" * 32),
        "none": code(site, ""),
        "late way back": code(site, again[0]),
    }
    with pytest.raises(NoAccess):
        ticket(cat, broadcast, "listen")
    banned = ticket(ben, broadcast, "listen")
    ben.is_active = False
    ben.save()
    refused["of someone banned"] = code(site, banned)
    log = server.log.read_text()
    kept = list(Ticket.objects.values_list("digest", flat=True))
    logged = [one for one in (shared, late, banned, again[0]) if one in log or one in kept]
    promise(
        "S5",
        len(again),
        f"sockets of {many} at once with one ticket",
        bound=1,
        kept=len(again) == 1 and set(refused.values()) == {"ticket"} and not logged,
        refused=refused,
        logged_or_stored=len(logged),
    )
    assert len(again) == 1
    assert set(refused.values()) == {"ticket"}
    assert not logged


def test_s4_who_lost_the_right_is_shown_out_and_gets_no_more_media(
    school, ada, ben, bob, eve, inner, broadcast, lesson, cohort, other_cohort, promise, voice_file
):
    from membership.models import Grant

    eve.grants.update(tier=inner)
    site = school.start().url
    recording = keep(
        data=voice_file, title="水", kind="audio", mime="audio/ogg", guard="lesson", guarded_id=str(lesson.pk), by=ada
    )
    people = {"right ended": ben, "banned": bob, "signed out": eve}
    visitors = {why: Visitor(site, person) for why, person in people.items()}
    links = {why: one.get(recording.url)[1]["Location"] for why, one in visitors.items()}
    for why, one in visitors.items():
        assert one.get(links[why], Range="bytes=0-99")[0] == 206
    passes = {why: ticket(person, broadcast, "listen") for why, person in people.items()}
    talks = {why: ticket(person, broadcast, "talk") for why, person in people.items()}

    def happen():
        withdraw(source=Grant.objects.get(person=ben).source)
        bob.is_active = False
        bob.save()
        assert visitors["signed out"].post("/accounts/logout/")[0] == 302
        return time.monotonic()

    async def stay(why, part, pass_, inside):
        async with door(site, part, pass_) as socket:
            await socket.recv()
            inside.release()
            try:
                async with asyncio.timeout(LATEST + 10):
                    while True:
                        text(await socket.recv())
            except RefusedByServer as refusal:
                return time.monotonic() if refusal.code == "access" else float("nan")
            except TimeoutError:
                return float("inf")

    async def lesson_goes_on():
        inside = asyncio.Semaphore(0)
        everyone = [(why, part, pass_[why]) for part, pass_ in (("listen", passes), ("talk", talks)) for why in people]
        stays = [asyncio.create_task(stay(*one, inside)) for one in everyone]
        for _ in stays:
            await inside.acquire()
        at = await asyncio.to_thread(happen)
        shut = await asyncio.gather(*stays)
        return {f"{why} ({part})": round(left - at, 2) for (why, part, _), left in zip(everyone, shut, strict=True)}

    waits = asyncio.run(lesson_goes_on())
    media = {why: one.get(links[why], Range="bytes=0-99")[0] for why, one in visitors.items()}
    pages = {why: one.get(recording.url)[0] for why, one in visitors.items()}
    worst = max(waits.values())
    promise(
        "S4",
        worst,
        "s until the last socket was closed",
        bound=LATEST,
        kept=worst <= LATEST and set(media.values()) == {403},
        sockets=waits,
        links=media,
        store=(settings.S3_BUCKET and "s3: signed links live until they expire") or "disk",
    )
    assert set(pages.values()) == {404}
    assert worst < 15
    if not settings.S3_BUCKET:
        assert set(media.values()) == {403}


def test_s4_a_device_that_was_released_is_shown_out_and_the_others_stay(
    school, ada, ben, inner, broadcast, lesson, promise, voice_file
):
    Tier.objects.filter(pk=inner.pk).update(max_devices=2)
    site = school.start().url
    phone, laptop = Visitor(site, ben), Visitor(site, ben)
    recording = keep(
        data=voice_file, title="水", kind="audio", mime="audio/ogg", guard="lesson", guarded_id=str(lesson.pk), by=ada
    )
    link = phone.get(recording.url)[1]["Location"]
    device = Device.objects.get()
    url = f"/live/{broadcast.lesson_id}/ticket/"
    passes = {
        f"{name} ({part})": (part, json.loads(one.post(url, body={"part": part})[2])["ticket"])
        for name, one in (("phone", phone), ("laptop", laptop))
        for part in ("listen", "talk")
    }

    async def stay(part, pass_, inside):
        async with door(site, part, pass_) as socket:
            await socket.recv()
            inside.release()
            try:
                async with asyncio.timeout(LATEST + 3):
                    while True:
                        text(await socket.recv())
            except RefusedByServer as refusal:
                return time.monotonic() if refusal.code == "device" else float("nan")
            except TimeoutError:
                return float("inf")

    async def lesson_goes_on():
        inside = asyncio.Semaphore(0)
        stays = [asyncio.create_task(stay(*one, inside)) for one in passes.values()]
        for _ in stays:
            await inside.acquire()
        await asyncio.to_thread(release, device=device)  # in another process than the one that holds the sockets
        at = time.monotonic()
        return {who: left - at for who, left in zip(passes, await asyncio.gather(*stays), strict=True)}

    waits = asyncio.run(lesson_goes_on())
    worst = max(wait for who, wait in waits.items() if who.startswith("phone"))
    media = phone.get(link, Range="bytes=0-99")[0], phone.get(recording.url)[0], laptop.get(recording.url)[0]
    kept = worst <= LATEST and media == (403, 404, 302)
    promise("S4", round(worst, 2), "s until the sockets of a released device were closed", bound=LATEST, kept=kept)
    assert [waits["laptop (listen)"], waits["laptop (talk)"]] == [float("inf")] * 2
    assert worst < 15
    assert media == (403, 404, 302)


@pytest.fixture
def voice_file():
    return (settings.BASE_DIR / "cms/demo/tea-1-water.ogg").read_bytes()

"""A membership may be for so many places at a time: the newest one plays, the oldest is stopped and told why."""

import threading

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.browsers import COOKIE
from live.services.broadcasts import prepare_broadcast
from live.services.tickets import redeem
from live.sockets.places import Places
from membership import streams
from membership.models import Tier
from membership.services import give
from membership.streams import LEASE, Player, stopped

pytestmark = pytest.mark.django_db
BEAT = "/membership/listening/"


@pytest.fixture(autouse=True)
def _nobody_listens_yet():
    caches["counts"].clear()


@pytest.fixture
def clock(monkeypatch):
    """Seconds, as the leases count them."""
    now = [1000.0]
    monkeypatch.setattr(streams.time, "time", lambda: now[0])

    def passes(seconds):
        now[0] += seconds

    return passes


@pytest.fixture
def one(inner):
    """The tier `inner` is for one place at a time."""
    Tier.objects.filter(pk=inner.pk).update(max_streams=1)
    return 1


def browser(person):
    client = Client(headers={"Accept-Language": "zh-hans"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def plays(client, sound):
    return client.get(sound.url).status_code == 302


def test_without_a_limit_any_number_plays_and_nobody_gets_a_cookie(ben, sound):
    for _ in range(5):
        client = browser(ben)
        assert plays(client, sound)
        assert COOKIE not in client.cookies


def test_the_newest_place_plays_and_the_oldest_is_told_why(one, clock, ben, sound):
    phone, laptop = browser(ben), browser(ben)
    assert plays(phone, sound)
    clock(1)
    assert plays(laptop, sound)
    clock(1)
    refused = phone.get(sound.url)
    assert refused.status_code == 403
    assert "同时只能在 1 处听" in refused.content.decode()
    assert plays(laptop, sound)


def test_a_part_of_what_plays_is_refused_from_then_on(one, clock, ben, sound):
    phone = browser(ben)
    link = phone.get(sound.url)["Location"]
    clock(1)
    assert plays(browser(ben), sound)
    answer = phone.get(link, headers={"Range": "bytes=0-9"})
    assert answer.status_code == 403
    assert "这里停了" in answer.content.decode()


def test_of_two_places_the_one_that_began_first_is_stopped(inner, clock, ben, sound):
    Tier.objects.filter(pk=inner.pk).update(max_streams=2)
    first, second, third = browser(ben), browser(ben), browser(ben)
    for client in (first, second, third):
        clock(1)
        assert plays(client, sound)
    assert [plays(client, sound) for client in (first, second, third)] == [False, True, True]


def test_a_reload_and_a_second_tab_are_the_same_place(one, clock, ben, sound):
    client = browser(ben)
    for _ in range(5):
        clock(3)
        assert plays(client, sound)
    other = browser(ben)
    assert plays(other, sound)
    assert plays(other, sound)


def test_requests_before_the_cookie_and_a_new_sign_in_are_the_same_place(inner, clock, ben, sound):
    Tier.objects.filter(pk=inner.pk).update(max_streams=2)
    phone, laptop = browser(ben), browser(ben)
    assert plays(laptop, sound)
    for _ in range(3):
        clock(1)
        phone.cookies.pop(COOKIE, None)
        assert plays(phone, sound)
    phone.force_login(ben, backend="django.contrib.auth.backends.ModelBackend")
    assert plays(phone, sound)
    assert plays(laptop, sound)


def test_a_place_that_is_silent_for_a_while_is_free_again(one, clock, ben, sound):
    phone, laptop = browser(ben), browser(ben)
    assert plays(phone, sound)
    clock(1)
    assert plays(laptop, sound)
    clock(LEASE + 1)
    assert plays(phone, sound)
    assert plays(laptop, sound)  # it begins anew, as the newest
    assert not plays(phone, sound)


def test_a_stopped_player_that_goes_on_asking_never_takes_the_place_back(one, clock, ben, sound):
    phone, laptop = browser(ben), browser(ben)
    assert plays(phone, sound)
    assert plays(laptop, sound)
    for _ in range(30):
        clock(5)
        assert not plays(phone, sound)
        assert plays(laptop, sound)


def test_pressing_play_takes_the_place_back(one, clock, ben, sound):
    phone, laptop = browser(ben), browser(ben)
    assert plays(phone, sound)
    clock(1)
    assert plays(laptop, sound)
    clock(1)
    assert phone.post(BEAT).status_code == 409
    assert phone.post(BEAT, {"begins": "yes"}).status_code == 200
    assert plays(phone, sound)
    told = laptop.post(BEAT)
    assert told.status_code == 409
    assert "别处刚刚开始播放" in told.json()["error"]


def test_a_player_that_has_all_of_the_sound_keeps_its_place_by_saying_so(one, clock, ben, sound):
    phone = browser(ben)
    assert plays(phone, sound)
    for _ in range(40):
        clock(3)
        assert phone.post(BEAT).status_code == 200
    laptop = browser(ben)
    assert plays(laptop, sound)
    assert phone.post(BEAT).status_code == 409


def test_whoever_was_never_counted_is_not_counted_by_saying_that_they_play(one, ben, cat, client):
    assert client.post(BEAT).status_code == 401
    assert browser(cat).post(BEAT, {"begins": "yes"}).status_code == 200
    assert browser(ben).get(BEAT).status_code == 405
    assert caches["counts"].get(f"streams:{cat.pk}") is None


@pytest.mark.parametrize("who", ["ada", "emil", "otto"])
def test_teacher_and_staff_are_not_counted(one, who, request, sound):
    clients = [browser(request.getfixturevalue(who)) for _ in range(3)]
    assert [plays(client, sound) for client in clients * 2] == [True] * 6


def test_what_was_bought_singly_has_no_limit(one, ben, course, sound):
    give(person=ben, scope=course.scope, source="order:1")
    clients = [browser(ben) for _ in range(3)]
    assert [plays(client, sound) for client in clients * 2] == [True] * 6


def test_of_two_tiers_the_more_generous_counts(one, ben, sound):
    give(person=ben, tier=Tier.objects.create(slug="best", name="同窗", rank=30, max_streams=2), source="gift:1")
    clients = [browser(ben) for _ in range(2)]
    assert [plays(client, sound) for client in clients * 2] == [True] * 4


def test_another_person_takes_nobodys_place(one, ben, bob, sound):
    clients = [browser(ben), browser(bob)]
    assert [plays(client, sound) for client in clients * 2] == [True] * 4


def test_looking_at_the_page_takes_no_place(one, clock, ben, sound, live_lesson):
    prepare_broadcast(lesson=live_lesson)
    phone, laptop = browser(ben), browser(ben)
    assert plays(phone, sound)
    page = laptop.get(f"/live/{live_lesson.pk}/").content.decode()
    assert f'data-beat="{BEAT}"' in page
    assert plays(phone, sound)


def test_where_nobody_is_counted_the_page_says_nothing_of_it(ben, sound, live_lesson):
    prepare_broadcast(lesson=live_lesson)
    page = browser(ben).get(f"/live/{live_lesson.pk}/").content.decode()
    assert "data-beat" not in page


def test_the_gate_of_media_costs_not_one_query_more(ben, inner, sound):
    client = browser(ben)

    def queries():
        client.get(sound.url)
        with CaptureQueriesContext(connection) as asked:
            assert plays(client, sound)
        return len(asked)

    free = queries()
    Tier.objects.filter(pk=inner.pk).update(max_streams=1)
    assert queries() == free


def ticket(client, lesson, part="listen"):
    answer = client.post(f"/live/{lesson.pk}/ticket/", {"part": part}, content_type="application/json")
    return redeem(ticket=answer.json()["ticket"], part=part)


def test_a_ticket_to_a_live_lesson_takes_the_place_and_its_way_back_knows_it(one, clock, ben, sound, live_lesson):
    prepare_broadcast(lesson=live_lesson)
    phone, laptop = browser(ben), browser(ben)
    assert plays(phone, sound)
    clock(1)
    visit = ticket(laptop, live_lesson)
    assert visit.player.most == 1
    assert not plays(phone, sound)
    assert redeem(ticket=visit.again, part="listen").player == visit.player
    assert not stopped([visit.player])


def test_talking_hosting_and_a_replay_take_no_place(one, clock, ben, ada, sound, live_lesson):
    broadcast = prepare_broadcast(lesson=live_lesson)
    phone = browser(ben)
    assert plays(phone, sound)
    assert ticket(browser(ben), live_lesson, part="talk").player is None
    assert ticket(browser(ada), live_lesson).player is None
    type(broadcast).objects.update(state="ended")
    assert ticket(browser(ben), live_lesson).player is None
    assert plays(phone, sound)


def test_from_the_socket_to_the_playlist_is_the_same_place(one, clock, ben, live_lesson):
    prepare_broadcast(lesson=live_lesson)
    phone = browser(ben)
    player = ticket(phone, live_lesson).player
    hls = f"/live/{live_lesson.pk}/hls/live.m3u8"
    assert phone.get(hls).status_code == 404  # nothing was said yet
    assert not stopped([player])
    clock(1)
    other = ticket(browser(ben), live_lesson).player
    assert stopped([player, other]) == {player}
    refused = phone.get(hls)
    assert (refused.status_code, refused.json()["code"]) == (409, "elsewhere")
    assert phone.get(f"/live/{live_lesson.pk}/sofar/0/").status_code == 409


async def test_the_socket_of_the_oldest_place_is_told_to_leave(clock):
    told, places = [], Places()
    old, new = Player(1, "phone", 1), Player(1, "laptop", 1)
    assert not stopped([old])
    places.taken[lambda code: told.append(("phone", code))] = old
    await places.look()
    assert told == []
    clock(1)
    assert not stopped([new], begins=True)
    places.taken[lambda code: told.append(("laptop", code))] = new
    await places.look()
    assert told == [("phone", "elsewhere")]


def test_of_those_heard_of_at_once_the_first_to_come_is_the_oldest(clock):
    players = [Player(1, f"browser {n}", 2) for n in range(5)]
    assert stopped(players) == set(players[:3])


def test_two_sockets_of_one_browser_are_one_place(clock):
    player = Player(1, "phone", 1)
    assert not stopped([player, player])


@pytest.mark.django_db(transaction=True)
def test_many_that_begin_at_once_leave_as_many_as_may(clock):
    """Where two writes crossed, the next words of each find it out; nobody takes a place back and forth."""
    players = [Player(1, f"browser {n}", 2) for n in range(8)]
    gate = threading.Barrier(8)

    def begin(player):
        gate.wait(10)
        stopped([player], begins=True)

    threads = [threading.Thread(target=begin, args=[player]) for player in players]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(3):
        clock(3)
        left = [player for player in players if not stopped([player])]
    assert len(left) == 2
    clock(3)
    assert [player for player in players if not stopped([player])] == left


def test_while_the_cache_is_away_everybody_plays(one, ben, sound, monkeypatch):
    monkeypatch.setattr(streams, "_read", lambda people: {person: streams._Places() for person in people})
    monkeypatch.setattr(streams, "_write", lambda changed: None)
    clients = [browser(ben) for _ in range(3)]
    assert [plays(client, sound) for client in clients * 2] == [True] * 6


def test_a_limit_of_places_is_written_in_the_office_and_empty_is_none(login, otto, inner):
    facts = {"name": "内院", "slug": "inner", "rank": 20, "benefits": "", "max_streams": "2"}
    url = f"/admin/snippets/membership/tier/edit/{inner.pk}/"
    assert login(otto).post(url, facts).status_code == 302
    inner.refresh_from_db()
    assert inner.max_streams == 2
    assert login(otto).post(url, facts | {"max_streams": ""}).status_code == 302
    inner.refresh_from_db()
    assert inner.max_streams == 0

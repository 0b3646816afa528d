"""How often one may try, and when one may try again."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpResponse

from web.limits import Limit, TooMany, address_of, calmly, spend


@pytest.fixture
def later(monkeypatch):
    """Let so many seconds pass. Only where the cache goes by our clock: Redis has its own."""
    real, passed = time.time, []

    def later(seconds):
        passed.append(seconds)
        monkeypatch.setattr(time, "time", lambda: real() + sum(passed))

    return later


LIMIT = Limit("knock", most=3, seconds=60)


def knock(who="cat", times=1):
    """How often the door was opened."""
    opened = 0
    for _ in range(times):
        try:
            LIMIT.spend(who)
        except TooMany:
            continue
        opened += 1
    return opened


def test_the_fourth_knock_is_refused_and_told_how_long_to_wait():
    assert knock(times=3) == 3
    with pytest.raises(TooMany) as refused:
        LIMIT.spend("cat")
    assert 0 < refused.value.retry_after <= 60
    assert "试得太多了" in refused.value.sentence


def test_one_who_knocks_too_much_keeps_nobody_else_out():
    knock("cat", times=9)
    assert knock("ben") == 1


def test_what_is_limited_under_another_name_counts_apart():
    knock(times=9)
    Limit("ring", most=1, seconds=60).spend("cat")


@pytest.mark.once
def test_after_the_time_that_was_named_one_may_knock_again(later):
    knock(times=3)
    with pytest.raises(TooMany) as refused:
        LIMIT.spend("cat")
    later(refused.value.retry_after)
    assert knock(times=9) == 3


@pytest.mark.once
def test_knocking_on_does_not_prolong_the_wait(later):
    knock(times=3)
    later(59)
    knock(times=50)
    later(1)
    assert knock() == 1


def test_a_good_try_is_given_back():
    for _ in range(9):
        LIMIT.spend("cat")
        LIMIT.give_back("cat")
    assert knock(times=9) == 3


def test_giving_back_what_was_never_spent_gives_no_credit():
    LIMIT.give_back("cat")
    assert knock(times=9) == 3


def test_two_hundred_knocks_at_once_open_three_times():
    with ThreadPoolExecutor(16) as hands:
        assert sum(hands.map(lambda _: knock(), range(200))) == 3


def test_a_long_wait_is_told_in_minutes():
    assert "2 分钟" in TooMany(61).sentence
    assert "59 秒" in TooMany(59).sentence


def test_many_who_are_counted_do_not_push_out_one_who_was():
    knock("cat", times=3)
    for number in range(2000):
        Limit("door", most=1, seconds=60).spend(number)
    assert knock("cat") == 0


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (2, "1.2.3.4", "1.2.3.4"),
        (1, "", "10.0.0.1"),
        (1, "not an address", "not an address"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "::ffff:1.2.3.4", "1.2.3.4"),
    ],
)
def test_an_address_is_what_our_own_proxies_say_and_nobody_else(rf, settings, proxies, told, address):
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": told} if told else {}
    assert address_of(rf.get("/", REMOTE_ADDR="10.0.0.1", headers=headers)) == address


def test_a_person_is_counted_wherever_they_are_and_a_visitor_by_the_address(rf, cat, anonymous):
    here, there = rf.get("/"), rf.get("/", REMOTE_ADDR="10.0.0.9")

    def knocks(person):
        here.user = there.user = person
        for request in (here, there):
            spend(request, person=Limit("person", most=1, seconds=60), address=Limit("address", most=1, seconds=60))

    knocks(anonymous)
    with pytest.raises(TooMany):
        knocks(cat)


@pytest.mark.django_db
def test_a_page_asked_for_too_often_says_when_to_come_back(rf, cat):
    @calmly
    def page(request):
        spend(request, person=LIMIT, address=LIMIT)
        return HttpResponse("tea")

    request = rf.get("/")
    request.user = cat
    answers = [page(request) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert "试得太多了" in answers[-1].content.decode()

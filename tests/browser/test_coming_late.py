"""Someone who comes late, or was away, hears what was said before: faster, in order, and then live without a hole."""

import re
import threading
import time

import pytest
from cable import Cable
from speaking import keep_speaking

from live.models import Ticket
from live.services.broadcasts import prepare_broadcast
from live.services.tickets import issue_ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SPOKEN = 24  # seconds before anyone comes


@pytest.fixture
def broadcast(live_lesson, cohort):
    return prepare_broadcast(lesson=live_lesson)


@pytest.fixture
def teacher(school, broadcast, ada):
    """A teacher who speaks all the while."""
    ticket = issue_ticket(person=ada, broadcast=broadcast, part=Ticket.Part.SPEAK)
    stop = threading.Event()
    speaking = threading.Thread(target=keep_speaking, args=(school.start().url, ticket, stop))
    speaking.start()
    yield stop
    stop.set()
    speaking.join(20)


@pytest.fixture
def room(school, ears, enter, broadcast):
    """Opens the room; `page.stats()` is what it knows about itself."""

    def open_room(person, url=None, **more):
        more = {"width": 360, "height": 740, "reduced_motion": "reduce"} | more
        return enter(ears, person, f"{url or school.start().url}/live/{broadcast.lesson_id}/", **more)

    return open_room


def stats(page):
    return page.evaluate("window.qunke.stats()")


def await_true(page, script, *, seconds=20):
    deadline = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < deadline, (script, stats(page), page.trouble)
        page.wait_for_timeout(100)


def test_from_the_beginning_at_twice_the_speed_until_live(teacher, room, ben, record_property):
    time.sleep(SPOKEN)
    page = room(ben)
    page.get_by_text(re.compile(r"已讲 \d+:\d\d")).wait_for()
    page.locator("[data-catchup-rate]").evaluate("select => { select.value = '2'; }")
    page.locator("[data-start-over]").click()
    began = time.monotonic()
    page.get_by_text("补听到").wait_for()
    await_true(page, "() => window.qunke.stats().playing")
    await_true(page, "() => !window.qunke.stats().catchingUp", seconds=SPOKEN * 2)
    figures = {"behind_s": SPOKEN, "caught_up_after_s": round(time.monotonic() - began, 1)}
    page.wait_for_timeout(3000)
    now = stats(page)
    figures["decoded_less_than_spoken_s"] = round(now["t"] / 400 + now["bufferMs"] / 1000 - now["decodedMs"] / 1000, 2)
    assert abs(figures["decoded_less_than_spoken_s"]) < 0.5, "every packet from the first on was heard, once"
    assert now["behindMs"] < 2500
    assert now["lost"] == 0
    assert page.locator("[data-catchup]").is_hidden()
    assert page.locator(".feed .gap").count() == 0
    assert figures["caught_up_after_s"] <= SPOKEN * 1.25 + 5
    record_property("figures", figures)
    print(figures, now)
    assert page.trouble == []


def test_back_to_live_at_any_time_and_the_rest_is_said(teacher, room, ben):
    time.sleep(SPOKEN)
    page = room(ben)
    page.locator("[data-start-over]").click()
    page.get_by_text("补听到").wait_for()
    await_true(page, "() => window.qunke.stats().playing")
    page.wait_for_timeout(1000)
    page.locator("[data-catchup-live]").click()
    page.locator(".feed .gap").get_by_text("跳过了").wait_for()
    await_true(page, "() => window.qunke.stats().playing && window.qunke.stats().behindMs < 2500")
    assert not stats(page)["catchingUp"]


def test_straight_to_live_is_one_tap(teacher, room, ben):
    time.sleep(SPOKEN)
    page = room(ben)
    page.get_by_text("直接听直播").click()
    await_true(page, "() => window.qunke.stats().playing")
    assert not stats(page)["catchingUp"]
    assert stats(page)["t"] > SPOKEN * 400 / 2


def test_who_was_away_too_long_is_told_what_was_missed_and_hears_it(teacher, room, school, ben):
    cable = Cable(school.start().url)
    page = room(ben, cable.url)
    page.locator("[data-enter]").click()
    await_true(page, "() => window.qunke.stats().playing")
    before = stats(page)["t"]
    cable.cut()
    page.wait_for_timeout(36_000)
    cable.mend()
    page.locator(".feed .gap").get_by_text("你离开时错过了").wait_for(timeout=20_000)
    page.locator(".feed .gap button").click()
    page.get_by_text("补听到").wait_for()
    await_true(page, f"() => window.qunke.stats().playing && Math.abs(window.qunke.stats().t - {before}) < 6 * 400")
    cable.remove()


def test_a_clip_of_this_lesson_is_heard_again_from_its_bar(school, room, ada, ben, broadcast):
    stop = threading.Event()
    for seconds in (6, 6, 2):
        ticket = issue_ticket(person=ada, broadcast=broadcast, part=Ticket.Part.SPEAK)
        stop.clear()
        speaking = threading.Thread(target=keep_speaking, args=(school.start().url, ticket, stop))
        speaking.start()
        time.sleep(seconds)
        stop.set()
        speaking.join(20)
    page = room(ben)
    page.locator("[data-enter]").click()
    await_true(page, "() => window.qunke.stats().epoch > 0")
    bars = page.locator("button.clip")
    bars.nth(1).wait_for()
    second = page.evaluate("window.qunke.stats().t")
    bars.nth(0).click()
    await_true(page, "() => window.qunke.stats().playing && window.qunke.stats().catchingUp")
    assert stats(page)["t"] < second
    page.locator(".clip.playing").wait_for()
    await_true(page, "() => !window.qunke.stats().catchingUp", seconds=30)
    assert second > 2000

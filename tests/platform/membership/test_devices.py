"""A membership with a limit opens on so many devices: the first ones keep their places until one is released."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.browsers import COOKIE, Browser, name_of
from courses.access import course_access, lesson_access
from live.errors import BadTicket
from live.services.broadcasts import prepare_broadcast
from live.services.listening import whose_right_ended_since, why_leave
from live.services.tickets import issue_ticket, redeem
from media.services import keep
from membership.access import Reason
from membership.devices import release
from membership.models import Device, Tier
from membership.services import give

pytestmark = [pytest.mark.django_db, pytest.mark.once]
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.40"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
TABLET = "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Safari/604.1"


@pytest.fixture
def two(inner):
    """The tier `inner` is for two devices."""
    Tier.objects.filter(pk=inner.pk).update(max_devices=2)
    return 2


def browser(person, agent=LAPTOP):
    client = Client(headers={"User-Agent": agent, "Accept-Language": "zh-hans"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def said(answer):
    return answer.content.decode()


def test_without_a_limit_nobody_is_counted_and_gets_no_cookie(ben, sound):
    for _ in range(3):
        client = browser(ben)
        assert client.get(sound.url).status_code == 302
        assert COOKIE not in client.cookies
    assert not Device.objects.exists()


def test_the_third_device_is_told_which_two_there_are_and_what_to_do(two, ben, sound):
    for agent in (IPHONE, LAPTOP):
        assert browser(ben, agent).get(sound.url).status_code == 302
    answer = browser(ben, TABLET).get(sound.url)
    assert answer.status_code == 403
    assert "iPhone · 微信" in said(answer)
    assert "Windows · Chrome" in said(answer)
    assert "「我」" in said(answer)
    assert Device.objects.count() == 2


def test_the_same_browser_is_one_device_however_often_it_comes_and_signs_in(two, ben, sound):
    client = browser(ben)
    for _ in range(5):
        assert client.get(sound.url).status_code == 302
    client.force_login(ben, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(sound.url).status_code == 302
    assert Device.objects.count() == 1


def test_requests_that_come_before_the_cookie_are_one_device(two, ben, sound):
    client = browser(ben)
    for _ in range(3):
        client.cookies.pop(COOKIE, None)
        assert client.get(sound.url).status_code == 302
    assert Device.objects.count() == 1


def test_a_forged_cookie_takes_nobodys_place(two, ben, sound):
    for agent in (IPHONE, LAPTOP):
        browser(ben, agent).get(sound.url)
    stranger = browser(ben, TABLET)
    stranger.cookies[COOKIE] = Device.objects.first().key
    assert stranger.get(sound.url).status_code == 403


def test_a_part_of_a_recording_is_refused_like_the_whole(two, ben, sound):
    link = browser(ben, IPHONE).get(sound.url)["Location"]
    browser(ben, LAPTOP).get(sound.url)
    answer = browser(ben, TABLET).get(link, headers={"Range": "bytes=0-9"})
    assert answer.status_code == 403
    assert "iPhone" in said(answer)


def test_a_ticket_to_the_live_room_is_refused_with_the_same_sentence(two, ben, live_lesson, sound):
    prepare_broadcast(lesson=live_lesson)
    url = f"/live/{live_lesson.pk}/ticket/"
    for agent in (IPHONE, LAPTOP):
        assert browser(ben, agent).post(url, {"part": "listen"}, content_type="application/json").status_code == 201
    refused = browser(ben, TABLET).post(url, {"part": "listen"}, content_type="application/json")
    assert refused.status_code == 403
    assert "iPhone" in json.loads(refused.content)["error"]
    room = said(browser(ben, TABLET).get(f"/live/{live_lesson.pk}/"))
    assert "iPhone" in room
    assert "/me/#devices" in room


def test_only_asking_about_a_course_counts_nobody(two, ben, course):
    ben.browser = Browser("", "Windows · Chrome", Client().session)
    assert course_access(ben, course).allowed
    assert not Device.objects.exists()


@pytest.mark.parametrize("who", ["ada", "emil", "otto"])
def test_teacher_and_staff_are_not_counted(two, who, request, sound):
    for agent in (IPHONE, LAPTOP, TABLET):
        assert browser(request.getfixturevalue(who), agent).get(sound.url).status_code == 302
    assert not Device.objects.exists()


def test_what_was_bought_singly_has_no_limit(two, ben, course, sound):
    give(person=ben, scope=course.scope, source="order:1")
    for agent in (IPHONE, LAPTOP, TABLET):
        assert browser(ben, agent).get(sound.url).status_code == 302


def test_a_preview_is_open_on_every_device(two, ben, preview, wav_bytes, sound):
    free = keep(data=wav_bytes, title="开篇", kind="audio", mime="", guard="lesson", guarded_id=str(preview.pk))
    for agent in (IPHONE, LAPTOP, TABLET):
        assert browser(ben, agent).get(free.url).status_code == 302


def test_of_two_tiers_the_more_generous_counts(two, ben, sound):
    best = Tier.objects.create(slug="best", name="同窗", rank=30, max_devices=3)
    give(person=ben, tier=best, source="gift:1")
    for agent in (IPHONE, LAPTOP, TABLET):
        assert browser(ben, agent).get(sound.url).status_code == 302


@pytest.mark.again
def test_a_released_device_is_signed_out_at_once_and_the_next_one_takes_its_place(two, ben, sound):
    phone, laptop, tablet = browser(ben, IPHONE), browser(ben, LAPTOP), browser(ben, TABLET)
    link = phone.get(sound.url)["Location"]
    laptop.get(sound.url)
    page = said(tablet.get("/me/"))
    assert "iPhone · 微信" in page
    released = tablet.post(f"/membership/devices/{Device.objects.get(name__startswith='iPhone').pk}/release/")
    assert released.status_code == 302
    assert phone.get(link).status_code == 403
    assert phone.get(sound.url).status_code == 404
    assert phone.get("/me/").status_code == 302
    assert tablet.get(sound.url).status_code == 302
    assert "就是这台" in said(tablet.get("/me/"))
    assert browser(ben, IPHONE).get(sound.url).status_code == 403


def test_a_device_comes_back_when_someone_signs_in_there_again_and_there_is_room(two, ben, sound):
    phone = browser(ben, IPHONE)
    phone.get(sound.url)
    browser(ben).post(f"/membership/devices/{Device.objects.get().pk}/release/")
    phone.force_login(ben, backend="django.contrib.auth.backends.ModelBackend")
    assert phone.get(sound.url).status_code == 302
    assert Device.objects.standing_of(ben).count() == 1


def test_signing_out_gives_the_place_back(two, ben, sound):
    for agent in (IPHONE, LAPTOP):
        client = browser(ben, agent)
        client.get(sound.url)
    client.post("/accounts/logout/")
    assert browser(ben, TABLET).get(sound.url).status_code == 302


def test_nobody_releases_the_device_of_another(two, ben, cat, sound, client):
    browser(ben).get(sound.url)
    url = f"/membership/devices/{Device.objects.get().pk}/release/"
    assert browser(cat).post(url).status_code == 404
    assert client.post(url)["Location"].startswith("/accounts/login/")
    assert browser(ben).get(url).status_code == 405
    assert Device.objects.get().released_at is None


def test_two_that_came_at_the_same_moment_for_the_last_place_do_not_both_keep_it(two, ben, sound):
    """Neither saw the other: both rows are written, and the first one keeps the place."""
    phone, laptop = browser(ben, IPHONE), browser(ben, LAPTOP)
    phone.get(sound.url)
    laptop.get(sound.url)
    Tier.objects.update(max_devices=1)
    assert phone.get(sound.url).status_code == 302
    answer = laptop.get(sound.url)
    assert answer.status_code == 403
    assert "Windows" not in said(answer)


def test_the_gate_of_media_costs_one_query_more_and_no_more_with_many_devices(ben, inner, sound):
    client = browser(ben)

    def queries():
        client.get(sound.url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(sound.url).status_code == 302
        return len(asked)

    free = queries()
    Tier.objects.filter(pk=inner.pk).update(max_devices=30)
    assert queries() == free + 1
    for number in range(20):
        browser(ben, f"Phone {number}").get(sound.url)
    assert queries() == free + 1


def test_the_socket_of_a_released_device_is_told_to_leave_and_those_of_others_stay(two, ben, live_lesson, sound):
    broadcast = prepare_broadcast(lesson=live_lesson)
    url, visits = f"/live/{live_lesson.pk}/ticket/", []
    for agent in (IPHONE, LAPTOP):
        told = browser(ben, agent).post(url, {"part": "listen"}, content_type="application/json").json()
        visits.append(redeem(ticket=told["ticket"], part="listen"))
    phone, laptop = visits
    assert [why_leave(visit=visit) for visit in visits] == ["", ""]
    device = Device.objects.get(pk=phone.device)
    release(device=device)
    device.refresh_from_db()
    assert [why_leave(visit=visit) for visit in visits] == ["device", ""]
    assert ben.pk in whose_right_ended_since(device.released_at)
    with pytest.raises(BadTicket):  # nor does the way back open
        redeem(ticket=phone.again, part="listen")
    assert redeem(ticket=laptop.again, part="listen").device == laptop.device
    assert redeem(ticket=issue_ticket(person=ben, broadcast=broadcast, part="listen"), part="listen").device is None


def test_whoever_is_asked_about_without_a_browser_is_asked_for_no_device(two, ben, lesson, sound):
    """A mail, a task, a socket that looks again."""
    for agent in (IPHONE, LAPTOP):
        browser(ben, agent).get(sound.url)
    answer = lesson_access(ben, lesson)
    assert (answer.allowed, answer.reason) == (True, Reason.TIER)


@pytest.mark.parametrize(
    ("agent", "name"),
    [(IPHONE, "iPhone · 微信"), (LAPTOP, "Windows · Chrome"), (TABLET, "iPad · Safari"), ("", "浏览器")],
)
def test_a_device_has_a_name_its_owner_recognises(agent, name):
    assert name_of(agent) == name

"""A learner on the way: one sound from page to page, from phone to desk, on a weak network, and what stays when the right ends."""

import json
import re
import wave

import pytest
from django.test import Client
from pages import publish
from papers import asks
from playwright.sync_api import expect
from school import work
from wagtail.models import Page, Site

from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from courses.models import Completion, Heard, Note, Submission
from media.services import keep, request_renditions
from membership.models import Grant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
PHONE = {"width": 360, "height": 740}
AUDIO = "document.querySelector('#sound audio')"
MEDIA = re.compile("/media/")
HIDE = """() => {
    Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
    Object.defineProperty(document, "hidden", {value: true, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def course(ada, inner):
    """It ends with a certificate, and ben may open it."""
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    facts = {"promise": "会泡", "instructor": ada, "tier": inner, "gives_certificate": True}
    return publish(index, CoursePage(title="一盏茶", slug="tea", **facts))


@pytest.fixture
def water(ada, ben, course, spoken_wav):
    """A lesson of half a minute with all its forms."""
    return lesson_of(course, spoken_wav)


@pytest.fixture
def long(ada, ben, course, spoken_wav, tmp_path):
    """One of four minutes: no browser fetches all of it before it is played."""
    path = tmp_path / "long.wav"
    with wave.open(str(spoken_wav)) as spoken, wave.open(str(path), "wb") as longer:
        longer.setparams(spoken.getparams())
        longer.writeframes(spoken.readframes(spoken.getnframes()) * 7)
    return lesson_of(course, path)


def lesson_of(course, path):
    sound = keep(data=path, title="水温", kind="audio", mime="audio/wav", guard="staff", by=course.instructor)
    sound.transcript = "WEBVTT\n\n00:00.000 --> 00:03.000\n水从哪里来\n\n00:03.000 --> 00:09.000\n茶味就从哪里来\n"
    sound.save()
    request_renditions(asset=sound)
    work()
    return publish(course, LessonPage(title="水温", slug="water", kind="audio", audio=sound))


def at(page):
    return page.evaluate(f"{AUDIO}.currentTime")


def until(page, seconds):
    page.wait_for_function(f"() => {AUDIO}.currentTime >= {seconds}", timeout=40_000)


def play(page):
    page.locator("[data-dock] [data-do=toggle]").click()
    page.wait_for_function(f"() => !{AUDIO}.paused && {AUDIO}.currentTime > 0")


def test_begun_on_the_phone_finished_at_the_desk_and_certified(school, ears, enter, ben, water):
    site = school.start().url
    phone = enter(ears, ben, site + water.url, **PHONE)
    play(phone)
    phone.evaluate(f"{AUDIO}.addEventListener('pause', () => window.wasPaused = true)")
    # other pages come and go under the sound
    phone.locator(".lesson .hd a").click()
    expect(phone.locator("#mini")).to_contain_text("水温")
    phone.locator(".tabbar a", has_text="首页").click()
    expect(phone).to_have_url(f"{site}/")
    phone.locator("form[action='/search/'] input[name=q]").first.fill("水")
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(re.compile("/search/.q="))
    until(phone, 5)
    assert not phone.evaluate("window.wasPaused")
    # the screen is locked, and the lock screen has the controls
    phone.evaluate(HIDE)
    assert phone.evaluate("navigator.mediaSession.metadata.title") == "水温"
    assert phone.evaluate("navigator.mediaSession.playbackState") == "playing"
    until(phone, 8)
    phone.evaluate(f"{AUDIO}.pause()")
    left = at(phone)
    phone.close()
    # at the desk it goes on at that second, twice as fast, to the end
    desk = enter(ears, ben, site + water.url)
    expect_soon(desk, lambda: abs(at(desk) - left) < 1)
    desk.locator("[data-speed]").select_option("2")
    play(desk)
    desk.wait_for_function(f"() => {AUDIO}.ended", timeout=40_000)
    expect_soon(desk, lambda: Completion.objects.filter(person=ben, how="heard").exists())
    expect(desk.locator(".finish")).to_contain_text("这一节你学完了")  # by itself
    heard = Heard.objects.get(person=ben)
    length = water.lesson.audio.duration_ms
    assert heard.heard_ms >= length * 0.95
    # what was heard twice as fast took half the time, and no more is credited
    assert (
        left * 1000 + (length - left * 1000) / 2 - 2500 < heard.ear_ms < left * 1000 + (length - left * 1000) / 2 + 2500
    )
    desk.goto(f"{site}/me/certificates/")
    expect(desk.locator("main")).to_contain_text("一盏茶")
    assert not desk.trouble


def expect_soon(page, is_true, seconds=15):
    for _ in range(seconds * 5):
        if is_true():
            return
        page.wait_for_timeout(200)
    raise AssertionError("it did not come true")


def test_when_the_membership_ends_the_notes_stay_and_the_sound_goes(school, ears, enter, ben, water):
    site = school.start().url
    page = enter(ears, ben, site + water.url, **PHONE)
    play(page)
    source = page.evaluate(f"{AUDIO}.currentSrc")
    Note.objects.create(person=ben, lesson=water.lesson, ms=3000, text="抬一拳降两度")
    Grant.objects.filter(person=ben).delete()
    assert page.request.get(source).status in {403, 404}
    page.goto(site + water.url)
    expect(page.locator("[data-dock]")).to_have_count(0)
    expect(page.locator("#mini")).to_be_visible()  # what was on is remembered, and cannot be heard
    page.locator("[data-mini-do=toggle]").click()
    expect(page.locator("[data-mini-said]")).to_contain_text("没有取到", timeout=20_000)
    page.goto(f"{site}/me/notes/")
    expect(page.locator("main")).to_contain_text("抬一拳降两度")


def test_on_a_network_too_weak_for_the_sound_a_smaller_one_is_heard(school, ears, enter, ben, long):
    site = school.start().url
    page = enter(ears, ben, f"{site}/me/", **PHONE)
    held = []
    page.route(
        MEDIA, lambda route: held.append(route)
    )  # a browser fetches some of a sound before it is played: not before the network is weak
    page.goto(site + long.url, wait_until="domcontentloaded")
    expect(page.locator("[data-dock] [data-do=toggle]")).to_be_enabled()
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    weak = {"offline": False, "latency": 300, "downloadThroughput": 5 * 1024, "uploadThroughput": 5 * 1024}
    line.send("Network.emulateNetworkConditions", weak)  # 40 kbit/s, less than the 64 of the sound
    for route in held:
        route.continue_()
    page.unroute(MEDIA)
    page.locator("[data-dock] [data-do=toggle]").click()
    expect(page.locator("[data-elsewhere]")).to_have_text(re.compile("省流量"), timeout=60_000)
    assert re.search("a24|low", page.evaluate(f"{AUDIO}.currentSrc"))
    before = at(page)
    until(page, before + 5)


def test_what_one_person_listened_to_does_not_go_on_for_the_next(school, ears, enter, ben, bob, water):
    site = school.start().url
    page = enter(ears, ben, site + water.url, **PHONE)
    play(page)
    page.goto(f"{site}/")
    expect(page.locator("#mini")).to_be_visible()
    client = Client()
    client.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    page.goto(f"{site}/")
    expect(page.locator("#mini")).to_be_hidden()
    page.context.clear_cookies()
    page.goto(f"{site}/")
    expect(page.locator("#mini")).to_be_hidden()


def test_two_tabs_at_once_are_credited_as_one_person(school, ears, enter, ben, water):
    site = school.start().url
    one = enter(ears, ben, site + water.url)
    two = one.context.new_page()
    two.goto(site + water.url)
    play(one)
    play(two)
    until(two, 6)
    for page in (one, two):
        page.evaluate(f"{AUDIO}.pause()")
    expect_soon(two, lambda: Heard.objects.filter(person=ben, ear_ms__gt=5000).exists())
    two.wait_for_timeout(1500)
    assert Heard.objects.get(person=ben).ear_ms < max(at(one), at(two)) * 1000 + 1500


def test_downloaded_heard_in_a_tunnel_counted_once_and_gone_with_the_right(school, ears, enter, ben, water):
    site = school.start().url
    page = enter(ears, ben, site + water.url, has_worker=True, **PHONE)
    page.locator("[data-dock] summary").click()
    page.get_by_role("button", name="下载这一讲").click()
    expect(page.locator("[data-download] [role=status]")).to_contain_text("没有网络也能听", timeout=20_000)
    page.wait_for_function("() => navigator.serviceWorker.controller")
    assert page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    # in the tunnel every page is the page of downloads, and the sound is here
    page.context.set_offline(True)
    page.goto(f"{site}/courses/")
    expect(page.locator("[data-offline]")).to_contain_text("现在没有网络")
    page.get_by_role("button", name="播放 水温").click()
    until(page, 6)
    expect(page.locator("[data-downloads] [aria-current] [data-title]")).to_have_text("水温")
    assert "/kept/" in page.evaluate(f"{AUDIO}.currentSrc")
    expect(page.locator("[data-lines] [aria-current]")).to_contain_text("茶味就从哪里来")
    page.evaluate(f"{AUDIO}.currentTime = 20")  # any stretch of it is here
    until(page, 21)
    page.evaluate(f"{AUDIO}.pause()")
    assert not Heard.objects.exists()
    # back in the open: what was heard arrives once
    page.context.set_offline(False)
    page.goto(f"{site}/")
    expect_soon(page, lambda: Heard.objects.filter(person=ben, ear_ms__gt=5500).exists())
    page.reload()
    page.wait_for_timeout(1500)
    assert Heard.objects.get(person=ben).ear_ms < 9500
    # the right is over: the sound is deleted, its name and the way back stay
    Grant.objects.filter(person=ben).delete()
    page.goto(f"{site}/me/downloads/")
    row = page.locator("[data-downloads] li")
    expect(row).to_contain_text("水温")
    expect(row.get_by_role("link", name="看看怎么再听")).to_be_visible()
    expect(row.get_by_role("button", name="播放 水温")).to_be_hidden()
    assert page.evaluate("caches.open('qunke-kept').then((cache) => cache.keys()).then((keys) => keys.length)") == 0


def test_homework_begun_on_the_phone_and_on_the_desk_keeps_the_words_of_both(school, ears, enter, ben, water):
    asks(water.lesson)
    site = school.start().url
    place = f"{site}/lessons/{water.lesson.pk}/homework/"
    phone, desk = enter(ears, ben, place, **PHONE), enter(ears, ben, place)
    phone.locator("textarea").fill("手机：水要八十度。")
    expect(phone.locator("[data-kept]")).to_contain_text("存好了")
    desk.locator("textarea").fill("桌上：火要小。")
    expect(desk.locator("[data-there]")).to_have_text("手机：水要八十度。")
    assert Submission.objects.get().text == "手机：水要八十度。"
    desk.locator("[data-choose=both]").click()
    expect(desk.locator("[data-kept]")).to_contain_text("存好了")
    expect(desk.locator("[data-elsewhere]")).to_be_hidden()
    # the phone, behind by now, hands in nothing unseen
    phone.locator("[value=hand_in]").click()
    expect(phone.locator("[data-trouble]")).to_contain_text("两份都在")
    phone.locator("[data-choose=theirs]").click()
    expect(phone.locator("textarea")).to_have_value("桌上：火要小。\n\n手机：水要八十度。")
    phone.locator("[value=hand_in]").click()
    expect(phone.locator("textarea")).to_have_count(0)
    one = Submission.objects.get()
    assert (one.state, one.text) == ("handed", "桌上：火要小。\n\n手机：水要八十度。")
    # the desk, which does not know of that, writes on and hands in: nothing of it is lost
    desk.locator("textarea").fill("桌上：又想到一句。")
    desk.locator("[value=hand_in]").click()
    expect(desk.locator("[data-trouble]")).to_contain_text("已经交上去了")
    expect(desk.locator("textarea")).to_have_value("桌上：又想到一句。")
    assert "又想到一句" in desk.evaluate("JSON.stringify(localStorage)")


def test_who_leaves_by_a_link_while_a_file_is_on_its_way_is_asked_first(school, ears, enter, ben, water, picture):
    asks(water.lesson)
    site = school.start().url
    page = enter(ears, ben, site + water.url, **PHONE)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    stuck = []
    page.route(
        "**/homework/", lambda route: stuck.append(route) if route.request.method == "POST" else route.continue_()
    )
    play(page)
    file = {"name": "tea.png", "mimeType": "image/png", "buffer": picture}
    page.locator("[data-homework] input[type=file][name=pictures]").set_input_files(file)
    expect(page.locator("[data-sending]")).to_contain_text("tea")
    page.locator(".lesson .hd a").click()
    page.wait_for_timeout(1500)
    assert ["没传完" in words for words in asked] == [True]
    expect(page).to_have_url(site + water.url)
    for route in stuck:
        route.continue_()


def test_what_was_not_sent_outlives_typing_and_comes_back_for_the_other(school, ears, enter, ben, water):
    asks(water.lesson)
    site = school.start().url
    place = f"{site}/lessons/{water.lesson.pk}/homework/"
    page = enter(ears, ben, place)
    key = page.evaluate(
        "(() => { const d = document.querySelector('[data-homework]').dataset;"
        " return `homework:${d.person}:${d.homework}:${d.number}`; })()"
    )
    page.locator("textarea").fill("学校里的一版")
    expect(page.locator("[data-kept]")).to_contain_text("存好了")
    page.evaluate(
        "([key, kept]) => localStorage.setItem(key, kept)", [key, json.dumps({"text": "路上写的一版", "base": "older"})]
    )
    page.reload()
    offer = page.get_by_role("button", name="换成它")
    page.locator("textarea").press_sequentially("。")
    expect(page.locator("[data-kept]")).to_contain_text("存好了")
    offer.click()
    expect(page.locator("textarea")).to_have_value("路上写的一版")
    page.reload()
    offer.click()
    assert "学校里的一版" in page.locator("textarea").input_value()


def test_what_is_typed_while_a_save_is_on_its_way_is_not_taken_for_saved(school, ears, enter, ben, water):
    asks(water.lesson)
    site = school.start().url
    page = enter(ears, ben, f"{site}/lessons/{water.lesson.pk}/homework/")
    page.locator("textarea").fill("第一句。")
    expect(page.locator("[data-kept]")).to_contain_text("存好了")
    held = []
    page.route("**/homework/", lambda route: held.append(route) if not held else route.continue_())
    page.locator("[value=save]").click()
    page.wait_for_function("() => document.querySelector('[value=save]').disabled")
    page.locator("textarea").press_sequentially("第二句。", delay=10)
    held[0].continue_()
    page.wait_for_function("() => !document.querySelector('[value=save]').disabled")
    assert "第二句" in page.evaluate("JSON.stringify(localStorage)")
    expect(page.locator("[data-kept]")).to_contain_text("存好了")
    page.reload()
    expect(page.locator("textarea")).to_have_value("第一句。第二句。")

"""Someone who has never been here: hears nothing, signs in, pays, and hears."""

import re
import threading
import time

import pytest
from speaking import keep_speaking

from accounts.models import User
from live.services.broadcasts import prepare_broadcast
from live.services.slides import add_slides
from live.services.tickets import issue_ticket
from payments.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EAVESDROP = """async ([lesson, slide]) => {
    const csrf = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? '';
    const heard = {};
    const fetched = async (name, address, options) => {
        const answer = await fetch(address, options);
        heard[name] = [answer.status, answer.headers.get('content-type')];
    };
    const post = {method: 'POST', headers: {'X-CSRFToken': csrf}, body: JSON.stringify({part: 'listen', cohort: null})};
    await fetched('ticket', `/live/${lesson}/ticket/`, post);
    await fetched('log', `/live/${lesson}/log.json`);
    await fetched('slide', slide);
    for (const part of ['listen', 'talk', 'speak']) {
        heard[part] = await new Promise(done => {
            let bytes = 0;
            const socket = new WebSocket(`ws://${location.host}/ws/${part}/`, ['qunke.1', 'ticket.made-up']);
            socket.binaryType = 'arraybuffer';
            socket.onmessage = event => { if (event.data instanceof ArrayBuffer) bytes += event.data.byteLength; };
            socket.onclose = event => done([event.code, bytes]);
        });
    }
    return heard;
}"""


@pytest.fixture
def speaking(school, live_lesson, ada, course, picture):
    """Ada's lesson, being spoken for as long as the test needs it."""
    broadcast = prepare_broadcast(lesson=live_lesson)
    slide = add_slides(broadcast=broadcast, data=picture, mime="image/png", by=ada)[0]
    one, stop = school.start(), threading.Event()
    ticket = issue_ticket(person=ada, broadcast=broadcast, part="speak")
    speaker = threading.Thread(target=keep_speaking, args=(one.url, ticket, stop))
    speaker.start()
    yield one, broadcast, slide
    stop.set()
    speaker.join(20)


def test_a_stranger_hears_nothing_signs_in_pays_and_hears(speaking, ears, enter):
    one, broadcast, slide = speaking
    room = f"{one.url}/live/{broadcast.lesson_id}/"
    page = enter(ears, None, room, width=360, height=740, has_touch=True, is_mobile=True)
    for heard in (page.evaluate(EAVESDROP, [broadcast.lesson_id, slide.image.url]),):
        assert [heard[name][0] for name in ("ticket", "log", "slide")] == [401, 401, 404]
        assert {name: heard[name] for name in ("listen", "talk", "speak")} == {
            name: [4401, 0] for name in ("listen", "talk", "speak")
        }
    page.get_by_role("link", name="登录", exact=True).first.click()
    page.locator("input[type=email], input[name=email]").first.fill("new@example.com")
    page.locator("main form button[type=submit]").first.click()
    page.locator("input[name=code]").fill(code_in(one.log))
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(f"**/live/{broadcast.lesson_id}/")
    heard = page.evaluate(EAVESDROP, [broadcast.lesson_id, slide.image.url])
    assert [heard[name][0] for name in ("ticket", "log", "slide")] == [403, 403, 404]
    assert [heard[part][1] for part in ("listen", "talk", "speak")] == [0, 0, 0]

    page.locator(".offers a").filter(has_text="¥199").click()
    page.locator("main form button[type=submit]").first.click()
    page.locator("button[value=decline]").click()
    assert Order.objects.get().state == Order.State.PENDING
    page.goto(f"{one.url}/pay/checkout/course:{broadcast.lesson.course_id}/?next=/live/{broadcast.lesson_id}/")
    page.locator("main form button[type=submit]").first.click()
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/pay/orders/**")
    assert Order.objects.get().state == Order.State.PAID
    page.locator(f"main a[href*='/live/{broadcast.lesson_id}/']").first.click()
    page.locator("[data-enter]").click()
    deadline = time.monotonic() + 20
    while not page.evaluate("() => window.qunke.stats().playing && window.qunke.stats().decodedMs > 1000"):
        assert time.monotonic() < deadline, (page.evaluate("() => window.qunke.stats()"), page.trouble)
        page.wait_for_timeout(100)
    assert User.objects.get(email="new@example.com").grants.in_force().count() == 1


def code_in(log):
    """The newest sign-in code in what the school printed."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        found = re.findall(r"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b", log.read_text())
        if found:
            return found[-1]
        time.sleep(0.1)
    pytest.fail(log.read_text()[-2000:])

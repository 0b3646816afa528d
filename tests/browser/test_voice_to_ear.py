"""P6: how long a voice takes from the teacher's microphone to a listener's speakers."""

import contextlib
import os
import secrets
import threading
import time
from datetime import timedelta

import numpy as np
import pytest
import redis
from django.conf import settings
from django.utils import timezone
from school import work
from sound import decoded, lateness, press, tape

from live.engine.hub import PRESENCE, PRESENT, topic
from live.models import Broadcast
from live.services.broadcasts import prepare_broadcast
from media.store import store

pytestmark = [pytest.mark.browser, pytest.mark.alone, pytest.mark.redis, pytest.mark.django_db(transaction=True)]
SMALL = {"width": 360, "height": 640, "reduced_motion": "reduce"}  # painted without a graphics card
SAME_MOMENT = 0.15  # seconds of the lesson


@pytest.fixture
def broadcast(live_lesson, cohort, other_cohort):
    return prepare_broadcast(lesson=live_lesson)


@contextlib.contextmanager
def elsewhere(url, broadcast, listeners):
    """Another process of the school says that so many listen there."""
    over, name = threading.Event(), secrets.token_hex(8).encode()

    def tell():
        with redis.from_url(url) as client:
            while not over.wait(1):
                told = secrets.token_bytes(8) + PRESENCE + name + PRESENT.pack(listeners, 0, 0.1)
                client.publish(f"{settings.REDIS_PREFIX}:{topic(broadcast.pk)}", told)

    telling = threading.Thread(target=tell)
    telling.start()
    try:
        yield
    finally:
        over.set()
        telling.join()


@pytest.mark.parametrize(("audience", "bound"), [(0, 0.5), (9000, 1.3)])
def test_p6_a_voice_is_heard_soon_after_it_was_spoken_and_by_all_at_once(
    school, mouth, ears, enter, ada, ben, bob, broadcast, at_scale, promise, audience, bound
):
    url = os.environ["TEST_REDIS_URL"]
    one = school.start(REDIS_URL=url)
    path = f"{one.url}/live/{broadcast.lesson_id}/"
    with elsewhere(url, broadcast, audience) if audience else contextlib.nullcontext():
        teacher = enter(mouth, ada, f"{path}console/", width=1000, height=700, reduced_motion="reduce")
        members = [enter(ears, person, path, **SMALL) for person in (ben, bob)]
        teacher.locator("[data-mic]").click()  # the first tap opens the microphone
        teacher.wait_for_function("() => window.qunkeConsole?.stats().ready && window.qunkeConsole.stats().microphone")
        press(teacher)
        teacher.wait_for_timeout(3000)
        taps = [tap_to_sound(page) for page in members]
        teacher.wait_for_timeout(at_scale(5, 30) * 1000)
        pressed = teacher.evaluate("window.pressed")
        teacher.locator("[data-mic]").click()
        teacher.wait_for_function("() => window.qunkeConsole.stats().waiting === 0")
        time.sleep(2)
        tapes = [tape(page) for page in members]
    replay = recorded(teacher)
    late = [lateness(heard, starts, replay, pressed) for heard, starts in tapes]
    skew = [abs(ours - theirs) for at, ours in late[0] for to, theirs in late[1] if abs(at - to) < SAME_MOMENT]
    p95 = [float(np.percentile([seconds for _, seconds in one], 95)) for one in late]
    apart = float(np.percentile(skew, 95))
    assert min(map(len, late)) >= 10
    promise(
        "P6",
        round(max(p95), 3),
        "s p95 voice to ear",
        bound=bound,
        kept=max(p95) <= bound and max(taps) <= 1 and apart <= 0.15,
        listeners=audience + 2,
        tap_to_sound_s=[round(tap, 2) for tap in taps],
        skew_p95_s=round(apart, 3),
        windows=[len(one) for one in late],
    )
    assert [line for page in (*members, teacher) for line in page.trouble] == []


def tap_to_sound(page):
    """Seconds from the tap on the door to the first sample of sound."""
    page.evaluate(
        """() => document.querySelector('[data-enter]').addEventListener('click',
             () => { window.tapped = performance.timeOrigin + performance.now(); }, true)"""
    )
    page.locator("[data-enter]").click()
    page.wait_for_function("() => window.qunke.stats().playing && window.qunke.stats().firstSoundAt > 0")
    return page.evaluate("(window.qunke.stats().firstSoundAt - window.tapped) / 1000")


def recorded(teacher):
    """The lesson's replay as sound; its clock began when the microphone was pressed."""
    teacher.locator("[data-end]").click()
    teacher.locator("dialog [value=end]").click()
    teacher.wait_for_function("() => window.qunkeConsole.stats().state === 'ended'")
    deadline = timezone.now() + timedelta(seconds=10)
    while Broadcast.objects.get().mic_holder:
        assert timezone.now() < deadline
        time.sleep(0.1)
    work()
    return decoded(store().read(key=Broadcast.objects.get().lesson.audio.key))

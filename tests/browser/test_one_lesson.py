"""A teacher speaks into a browser; members of two cohorts hear the words; afterwards they hear them again."""

import io
import json
import os
import time
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from school import work
from sound import alignment, decoded, lateness, press, read_wav, tape

from accounts.models import User
from cohorts.models import Seat
from live.models import Broadcast, Event, Message
from live.services.broadcasts import prepare_broadcast
from live.services.slides import add_slides
from media.store import store
from membership.models import Grant

pytestmark = [pytest.mark.browser, pytest.mark.alone, pytest.mark.redis, pytest.mark.django_db(transaction=True)]
SPEAKS = 16  # seconds


@pytest.fixture
def bea(db, inner, other_cohort):
    """A member who sits beside bob."""
    bea = User.objects.create_user("bea@example.com", name="Bea")
    Grant.objects.create(person=bea, tier=inner, source="test:bea", ends_at=timezone.now() + timedelta(days=9))
    Seat.objects.create(cohort=other_cohort, person=bea)
    return bea


@pytest.fixture
def broadcast(live_lesson, cohort, other_cohort, ada):
    """A live lesson with two slides, relayed to both cohorts."""
    broadcast = prepare_broadcast(lesson=live_lesson)
    for colour in ("#f6f1e7", "#2c4c43"):
        picture = io.BytesIO()
        Image.new("RGB", (640, 360), colour).save(picture, "PNG")
        add_slides(broadcast=broadcast, data=SimpleUploadedFile("a.png", picture.getvalue()).read(), mime="", by=ada)
    return broadcast


def listen(page):
    page.locator("[data-enter]").click()


def await_true(page, script, *, seconds=20):
    deadline = time.monotonic() + seconds
    while not page.evaluate(script):
        state = "() => [window.qunke?.stats(), window.qunkeConsole?.stats()]"
        assert time.monotonic() < deadline, (script, page.evaluate(state), page.trouble)
        page.wait_for_timeout(100)


def wall(page):
    return page.evaluate("(performance.timeOrigin + performance.now()) / 1000")


def test_a_lesson_is_spoken_heard_in_two_cohorts_and_heard_again(
    school, mouth, ears, enter, ada, ben, bob, bea, broadcast, cohort, spoken_wav, record_property
):
    redis = os.environ["TEST_REDIS_URL"]
    one, two = school.start(REDIS_URL=redis), school.start(REDIS_URL=redis)
    path = f"/live/{broadcast.lesson_id}/"
    small = {"width": 360, "height": 640, "reduced_motion": "reduce"}  # four pages are painted without a graphics card
    sites = [(ben, one), (bea, one), (bob, two)]
    members = [enter(ears, person, process.url + path, **small) for person, process in sites]
    for page in members:
        listen(page)
    teacher = enter(mouth, ada, f"{one.url}{path}console/", width=1000, height=700, reduced_motion="reduce")
    teacher.locator("[data-mic]").click()  # the first tap opens the microphone
    await_true(teacher, "() => window.qunkeConsole?.stats().ready && window.qunkeConsole.stats().microphone")

    press(teacher)
    for page in members:
        await_true(page, "() => window.qunke.stats().playing && window.qunke.stats().firstSoundAt > 0")
    pressed = teacher.evaluate("window.pressed")
    teacher.wait_for_timeout(4000)
    teacher.locator("[data-turn='1']").last.click()
    turned = wall(teacher)
    members[0].locator("form[data-say] input[name=text]").fill("水的事，记下了")
    members[0].locator("form[data-say] button[type=submit]").click()
    chatted = wall(members[0])
    teacher.wait_for_timeout(max(0, SPEAKS - (wall(teacher) - pressed)) * 1000)
    teacher.locator("[data-mic]").click()
    await_true(teacher, "() => window.qunkeConsole.stats().waiting === 0")
    time.sleep(1)
    tapes = [tape(page) for page in members]
    stats = [page.evaluate("window.qunke.stats()") for page in members]

    teacher.locator("[data-end]").click()
    teacher.locator("dialog [value=end]").click()
    await_true(teacher, "() => window.qunkeConsole.stats().state === 'ended'")
    _until(lambda: not Broadcast.objects.get().mic_holder)
    began = time.monotonic()
    work()
    ready = time.monotonic() - began
    lesson = Broadcast.objects.get().lesson
    replay = decoded(store().read(key=lesson.audio.key))

    said = read_wav(spoken_wav)
    said = np.concatenate([said, said])  # the browser plays the file round and round
    figures = {"replay_ready_s": round(ready, 2)}
    again = np.array([score for *_, score in alignment(replay, said)])
    figures["replay"] = round(float(np.mean(again)), 3)
    for name, (heard, starts) in zip(("ben", "bea", "bob"), tapes, strict=True):
        matches = alignment(heard, said)
        scores = np.array([score for *_, score in matches])
        late = [seconds for _, seconds in lateness(heard, starts, replay, pressed)]
        figures[name] = {
            "correlation": [round(float(v), 3) for v in (np.mean(scores), np.percentile(scores, 10))],
            "late_s": [round(float(np.percentile(late, p)), 3) for p in (50, 95)],
            "windows": len(scores),
        }
        assert len(scores) >= 30
        assert np.mean(scores) >= 0.9, (figures, scores)
        assert np.percentile(late, 95) <= 1, (figures, [round(float(seconds), 2) for seconds in late])
    assert [stat["lost"] for stat in stats] == [0, 0, 0]
    assert np.mean(again) >= 0.9

    slide = Event.objects.get(kind="slide")
    chat = Message.objects.get()
    figures["slide_off_ms"] = round((slide.t / 400 - (turned - pressed)) * 1000)
    figures["chat_off_ms"] = round((chat.t / 400 - (chatted - pressed)) * 1000)
    members[0].reload()
    await_true(members[0], "() => window.qunke.replay()?.readyState >= 1")
    figures["slide_in_replay_ms"] = when_the_slide_turns(members[0], slide.t / 400)
    members[0].locator("[data-do=toggle]").click()
    await_true(members[0], "() => window.qunke.replay().currentTime > 1")
    print(json.dumps(figures))
    record_property("figures", json.dumps(figures))
    assert abs(figures["slide_in_replay_ms"]) <= 100
    assert [line for page in (*members, teacher) for line in page.trouble] == []


def when_the_slide_turns(page, expected):
    """How far from its stamp the slide changes while the replay plays, in ms."""
    return page.evaluate(
        """async (expected) => {
            const audio = window.qunke.replay();
            const shown = () => document.querySelector('[data-slide] img:not([hidden])')?.src;
            audio.currentTime = Math.max(0, expected - 1.5);
            audio.muted = true;
            await audio.play();
            await new Promise(r => setTimeout(r, 500));
            const before = shown();
            while (shown() === before && audio.currentTime < expected + 2) await new Promise(r => setTimeout(r, 5));
            const at = audio.currentTime;
            audio.pause(); audio.muted = false;
            return Math.round((at - expected) * 1000);
        }""",
        expected,
    )


def _until(true, seconds=10):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)

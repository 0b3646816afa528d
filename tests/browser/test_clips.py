"""The teacher changes what she already sent; the pages of the learners follow at once, the replay too."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from desk import ended, fresh, speak

from live.client import opus_packets
from live.models import Event
from live.services.broadcasts import prepare_broadcast
from live.services.edits import montage_of
from live.services.finalise import finalise_broadcast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
VOICE = Path(__file__).resolve().parents[2] / "cms/demo/tea-1-water.ogg"
PHONE = {"width": 360, "height": 740, "reduced_motion": "reduce"}
DESK = {"width": 1440, "height": 900, "reduced_motion": "reduce"}


@pytest.fixture
def broadcast(live_lesson, cohort):
    """A lesson that is on, with three clips already spoken."""
    broadcast = prepare_broadcast(lesson=live_lesson)
    packets = list(opus_packets(VOICE))
    speak(broadcast, packets[:200], packets[200:400], packets[400:500])
    broadcast.refresh_from_db()
    return broadcast


def beside(job, *what):
    """Playwright's loop is in this thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(job, *what).result()


def shot(page, name):
    """A picture of the page, light and dark, when somebody wants to look: PICTURES names the folder."""
    if folder := os.environ.get("PICTURES"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.screenshot(path=f"{folder}/{name}-{scheme}.png")


def await_text(page, selector, text, *, seconds=15):
    page.locator(selector, has_text=text).first.wait_for(timeout=seconds * 1000)


def clip_dialog(page, n):
    page.get_by_label(f"改第 {n} 条").click()
    dialog = page.locator("[data-clip-dialog]")
    dialog.wait_for()
    return dialog


def test_a_clip_is_taken_back_brought_back_and_cut_before_the_eyes_of_a_learner(
    school, ears, enter, ada, ben, broadcast
):
    path = f"{school.start().url}/live/{broadcast.lesson_id}/"
    learner = enter(ears, ben, path, **PHONE)
    learner.locator("[data-enter]").click()
    teacher = enter(ears, ada, f"{path}console/", **DESK)
    await_text(learner, ".say", "4″")

    dialog = clip_dialog(teacher, 2)
    shot(teacher, "clip-dialog-desktop")
    dialog.locator("[data-verb='retract']").click()
    await_text(learner, ".say", "老师撤回了一条语音")
    await_text(teacher, "[data-outbox] li", "已撤回")
    shot(teacher, "console-retracted-desktop")
    shot(learner, "room-retracted-phone")

    dialog = clip_dialog(teacher, 2)
    shot(teacher, "clip-dialog-retracted-desktop")
    dialog.locator("[data-verb='restore']").click()
    learner.locator(".say .edit").wait_for(state="detached", timeout=15000)

    dialog = clip_dialog(teacher, 1)
    dialog.locator("[data-cut='from']").fill("1000")
    dialog.locator("[data-verb='trim']").click()
    await_text(learner, ".say .edit", "已更新")
    assert Event.objects.filter(kind="trim").get().payload["starts"] == 400
    assert montage_of(broadcast).takes[1].keeps == (400, 1600)
    assert learner.trouble == teacher.trouble == []


def test_a_teacher_changes_clips_with_one_hand_on_a_phone(school, ears, enter, ada, broadcast):
    teacher = enter(ears, ada, f"{school.start().url}/live/{broadcast.lesson_id}/console/", **PHONE)
    button = teacher.get_by_label("改第 3 条")
    box = button.bounding_box()
    shot(teacher, "console-phone")
    assert min(box["width"], box["height"]) >= 44
    dialog = clip_dialog(teacher, 3)
    shot(teacher, "clip-dialog-phone")
    for each in dialog.locator("button:visible").all():
        assert each.bounding_box()["height"] >= 44
    dialog.locator("[data-verb='again']").click()
    await_text(teacher, "[data-again]", "重录第 3 条")
    shot(teacher, "console-again-phone")
    teacher.locator("[data-again] button").click()
    assert teacher.locator("[data-again]").is_hidden()


def test_who_hears_the_replay_hears_on_in_the_new_one(school, ears, enter, ada, ben, broadcast):
    beside(ended, broadcast)
    beside(lambda: finalise_broadcast(broadcast=fresh(broadcast)))
    path = f"{school.start().url}/live/{broadcast.lesson_id}/"
    learner = enter(ears, ben, path, **DESK)
    learner.locator("[data-clips] li").nth(2).wait_for(timeout=15000)
    teacher = enter(ears, ada, f"{path}console/", **DESK)
    clip_dialog(teacher, 2).locator("[data-verb='retract']").click()
    await_text(learner, "[data-preparing]", "正在整理新的回放")
    beside(lambda: finalise_broadcast(broadcast=fresh(broadcast)))
    await_text(learner, "[data-clips] li", "老师撤回了一条语音")
    shot(learner, "replay-retracted-desktop")
    shot(teacher, "console-ended-desktop")
    length = learner.evaluate(
        "() => new Promise(done => { const a = qunke.replay(); a.readyState ? done(a.duration) : a.onloadedmetadata = () => done(a.duration) })"
    )
    assert abs(length - 6) < 0.2


def test_a_phone_hears_on_with_its_screen_off(school, ears, enter, ben, broadcast):
    """Only where the browser plays playlists by itself is it offered."""
    page = enter(ears, ben, f"{school.start().url}/live/{broadcast.lesson_id}/", **PHONE)
    page.locator("[data-enter]").wait_for()
    plays = page.evaluate("() => Boolean(new Audio().canPlayType('application/vnd.apple.mpegurl'))")
    shot(page, "doorstep-phone")
    assert page.locator("[data-doorstep] [data-background]").is_visible() == plays
    if plays:
        page.locator("[data-doorstep] [data-background]").click()
        page.locator("[data-background-on]").wait_for()
        shot(page, "background-phone")
        page.locator("[data-background-off]").click()
        time.sleep(0.2)
        assert page.locator("[data-background-on]").is_hidden()

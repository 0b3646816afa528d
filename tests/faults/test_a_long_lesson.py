"""R13: two teachers speak for hours; one's clock is a little fast, the other's a little slow."""

import os
import time
from contextlib import ExitStack

import pytest
import raw
from scene import STAMP, Scene

from courses.models import Lesson
from live.services.broadcasts import prepare_broadcast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(4 * 3600)]
AS_OPERATED = {"DEBUG": "0", "SECRET_KEY": "only for a long lesson" * 4, "ALLOWED_HOSTS": "127.0.0.1", "PAYMENTS": ""}
PARTS_PER_MILLION = (100, -100)


def test_r13_buffers_stay_in_band_and_memory_does_not_grow(
    school, ada, ben, bob, course, broadcast, cohort, other_cohort, at_scale, promise
):
    server = school.start(**AS_OPERATED)
    second = Lesson.objects.create(course=course, title="器", kind="live", is_published=True, position=9)
    lessons = (broadcast, prepare_broadcast(lesson=second))
    memory, waiting, late = [], [], []
    seconds, every = at_scale(15, float(os.environ.get("SOAK_HOURS", "3")) * 3600), at_scale(1, 30)
    with ExitStack() as stack:
        scenes = [
            stack.enter_context(Scene(lesson, [server.url], teacher=ada, listeners=[(ben, None)], speed=1 + ppm / 1e6))
            for lesson, ppm in zip(lessons, PARTS_PER_MILLION, strict=True)
        ]
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            time.sleep(every)
            memory.append((time.monotonic() - began, raw.memory(server.process.pid)))
            waiting.append(max(len(scene.microphone.letters) for scene in scenes))
            late.append(max(_late(ear) for scene in scenes for ear in scene.ears))
        for scene in scenes:
            scene.hush(seconds=60)
    for scene in scenes:
        assert scene.lost_seconds() == 0
        assert scene.verdict().violations == []
    slope = _slope(memory[len(memory) // 3 :]) * 3600 / 2**20
    drift = max(late[-len(late) // 3 :]) - max(late[: len(late) // 3])
    promise(
        "R13",
        at_scale(None, round(slope, 2)),
        at_scale("MiB/h: too short to tell", "MiB/h in the process"),
        bound=1,
        kept=slope < at_scale(float("inf"), 1) and max(late) <= 1 and max(waiting) <= 400,
        hours=round(seconds / 3600, 3),
        clocks_ppm=PARTS_PER_MILLION,
        latest_s=round(max(late), 3),
        later_at_the_end_s=round(drift, 3),
        most_letters_not_yet_stored=max(waiting),
        resident_mib=round(memory[-1][1] / 2**20, 1),
    )


def _late(ear):
    one, at = ear.packets[-1]
    return at - STAMP.unpack_from(one, 1)[0]


def _slope(points):
    """Least squares, per second."""
    middle = [sum(axis) / len(points) for axis in zip(*points, strict=True)]
    above = sum((x - middle[0]) * (y - middle[1]) for x, y in points)
    return above / (sum((x - middle[0]) ** 2 for x, _ in points) or 1)

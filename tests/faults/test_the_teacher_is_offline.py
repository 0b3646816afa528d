"""R3: the teacher's network is away for a while; she speaks on."""

import time

import pytest
from cable import Cable
from scene import Scene

pytestmark = pytest.mark.django_db(transaction=True)


def test_r3_what_a_teacher_says_offline_is_heard_and_kept_when_she_is_back(
    school, ada, ben, bob, broadcast, cohort, other_cohort, at_scale, promise
):
    server = school.start()
    cable = Cable(server.url)
    listeners = [(ben, cohort), (bob, other_cohort)]
    scene = Scene(broadcast, [cable.url], ear_sites=[server.url], teacher=ada, listeners=listeners)
    with scene:
        time.sleep(2)
        cable.cut()
        time.sleep(at_scale(5, 30))
        cable.mend()
        mended, newest = time.time(), scene.said[-1]
        scene.until(lambda: all(newest in ear.sounds for ear in scene.ears))
        waits = [ear.sounds[newest] - mended for ear in scene.ears]
        scene.hush()
    cable.remove()
    assert scene.recorded() == scene.said
    assert scene.verdict().violations == []
    for ear in scene.ears:
        assert [one for one, _ in ear.packets] == scene.said
        clock = [line[4] for line in ear.diary.frames]
        assert clock == sorted(clock)
    promise(
        "R3",
        round(max(waits), 2),
        "s after her return until all of it was heard",
        bound=3,
        kept=max(waits) <= 3,
        offline_s=at_scale(5, 30),
        lost_s=scene.lost_seconds(),
    )

"""R1: the server is killed in the middle of a lesson."""

import signal
import time

import pytest
from scene import Scene, p95

pytestmark = pytest.mark.django_db(transaction=True)


def test_r1_killed_and_started_again_nothing_is_lost_and_nothing_is_heard_twice(
    school, ada, ben, bob, broadcast, cohort, other_cohort, at_scale, promise
):
    server = school.start(LISTENERS="own")
    gaps, starts = [], []
    listeners = [(ben, cohort), (bob, other_cohort)] * at_scale(2, 20)
    with Scene(broadcast, [server.url], teacher=ada, listeners=listeners) as scene:
        for _ in range(at_scale(1, 10)):
            time.sleep(2)
            killed = time.time()
            server.stop(signal.SIGKILL)
            server = school.again(server)
            starts.append(time.time() - killed)
            scene.until(lambda at=killed: all(ear.first_new_sound_after(at) < 1e12 for ear in scene.ears))
            gaps += [ear.first_new_sound_after(killed) - killed for ear in scene.ears]
        scene.hush()
    assert scene.recorded() == scene.said
    verdict = scene.verdict()
    assert verdict.violations == []
    promise(
        "R1",
        round(p95(gaps), 2),
        "s live gap p95",
        bound=5,
        kept=p95(gaps) <= 5,
        of_which_starting_s=[round(start, 2) for start in starts],
        lost_s=scene.lost_seconds(),
        deliveries=verdict.deliveries,
        declared_gaps=verdict.declared,
    )

"""R2: the machine and its disk are gone; only the store and the database are left."""

import shutil
import signal
import time

import pytest
from django.conf import settings
from scene import Scene

pytestmark = pytest.mark.django_db(transaction=True)


def test_r2_the_disk_is_gone_and_the_teachers_tab_brings_everything_back(
    school, ada, ben, bob, broadcast, cohort, other_cohort, at_scale, promise
):
    server = school.start(MACHINE="first")
    speed, without_tab = at_scale(3, 1), []
    with Scene(broadcast, [server.url], teacher=ada, listeners=[(ben, cohort), (bob, other_cohort)], speed=speed) as s:
        for seconds in at_scale((5,), (14, 23, 19, 12, 27)):
            time.sleep(seconds)
            server.stop(signal.SIGKILL)
            said = len(s.said)
            shutil.rmtree(settings.LIVE_ROOT)
            without_tab.append((said - len(s.recorded())) * 0.02)
            server = school.again(server)
        s.until(lambda: len(s.microphone.hellos) > len(without_tab))
        s.hush()
    assert s.recorded() == s.said
    assert s.verdict(unwritten_allowed=True).violations == []
    assert max(without_tab) <= 10 + speed  # ten seconds an object, and what a second brings
    promise(
        "R2",
        round(max(without_tab), 2),
        "s lost without the tab",
        bound=11,
        kept=max(without_tab) <= 11,
        lost_with_the_tab_s=s.lost_seconds(),
        times=len(without_tab),
        how=f"voice at {speed} × real time" if speed > 1 else "real time",
    )

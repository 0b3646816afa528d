"""R7: some listeners take nothing any more."""

import time
from pathlib import Path

import pytest
import raw
from scene import STAMP, Scene, crowd, port

pytestmark = pytest.mark.django_db(transaction=True)


def test_r7_who_stalls_costs_little_is_let_go_and_slows_nobody_down(
    school, ada, ben, broadcast, cohort, at_scale, promise
):
    server = school.start(STALLED="some")
    pid, site = server.process.pid, server.url
    healthy, stalled = at_scale(20, 300), at_scale(10, 100)
    with Scene(broadcast, [site], teacher=ada, listeners=[(ben, cohort)] * healthy) as scene:
        time.sleep(at_scale(3, 35))  # the last 30 s are kept
        alone = _late(scene, 0)
        passes = crowd(ben, broadcast, stalled)
        deaf = [raw.enter(site, "listen", one, receive_buffer=4096)[0] for one in passes]
        before, came = raw.memory(pid), time.time()
        most = 0
        gone = None
        while time.time() < came + 60 and gone is None:
            time.sleep(0.5)
            most = max(most, raw.memory(pid) - before)
            if _open(site) <= healthy + 1:
                gone = time.time() - came
        beside = _late(scene, came)
        scene.hush()
        for one in deaf:
            one.close()
    assert gone is not None
    assert scene.recorded() == scene.said
    assert scene.verdict().violations == []
    each = most / stalled
    promise(
        "R7",
        round(each / 1024, 1),
        "KiB of the server for each who stalls",
        bound=64,
        kept=each <= 64 * 1024 and gone <= 30 and beside <= alone * 1.1 + 5,
        gone_after_s=round(gone, 1),
        healthy_p99_ms={"before": round(alone, 1), "meanwhile": round(beside, 1)},
        stalled=stalled,
        healthy=healthy,
        how="real time, receive buffers of 4 KiB",
    )


def _late(scene, since):
    """How long after it was spoken a packet was heard, ms, for 99 of 100."""
    late = sorted(
        (at - STAMP.unpack_from(one, 1)[0]) * 1000 for ear in scene.ears for one, at in ear.packets if at > since
    )
    return late[int(len(late) * 0.99)]


def _open(site):
    """Established connections of the server."""
    end, established = f":{port(site):04X}", "01"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[1].endswith(end) and line[3] == established for line in lines)

"""R5: the database is gone during a lesson."""

import asyncio
import json
import os
import time
from urllib.parse import urlsplit

import pytest
from cable import Cable
from scene import Scene, ticket
from visitor import Visitor

from live.client import door

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def test_r5_the_lesson_goes_on_nobody_new_comes_in_and_all_is_well_soon_after(
    school, ada, ben, bob, cat, broadcast, cohort, other_cohort, at_scale, promise
):
    cable, url = Cable(os.environ["DATABASE_URL"]), urlsplit(os.environ["DATABASE_URL"])
    far = url._replace(netloc=f"{url.username}@{urlsplit(cable.url).netloc}").geturl()
    site = school.start(DATABASE_URL=far).url
    newcomer = Visitor(site, ben)
    listeners = [(ben, cohort), (bob, other_cohort)]
    with Scene(broadcast, [site], teacher=ada, listeners=listeners) as scene:
        time.sleep(2)
        cable.cut()
        gone = time.time()
        refused = []
        while time.time() < gone + at_scale(6, 60):
            began = time.time()
            refused.append((_hello(site, ticket(ben, broadcast, "listen", cohort)), time.time() - began))
            time.sleep(0.5)
        asked = newcomer.post(f"/live/{broadcast.lesson_id}/ticket/", body={"part": "listen", "cohort": cohort.pk})
        cable.mend()
        back = time.time()
        while (told := _hello(site, ticket(ben, broadcast, "listen", cohort)))["type"] != "hello":
            assert time.time() < back + 60, told
            time.sleep(0.1)
        recovered = time.time() - back
        scene.hush()
    cable.remove()
    assert scene.recorded() == scene.said
    assert scene.verdict().violations == []
    assert {told.get("code") for told, _ in refused} == {"unavailable"}
    assert all("数据库" in told["sentence"] for told, _ in refused)
    assert asked[0] == 503
    assert "数据库" in json.loads(asked[2])["error"]
    silence = max(silence for ear in scene.ears for silence in ear.silences(gone))
    for ear in scene.ears:
        assert [one for one, _ in ear.packets] == scene.said
    promise(
        "R5",
        round(recovered, 2),
        "s after its return until the next one was let in",
        bound=5,
        kept=recovered <= 5 and silence <= 1,
        gone_s=at_scale(6, 60),
        refused_within_s=round(max(took for _, took in refused), 2),
        longest_silence_s=round(silence, 2),
        lost_s=scene.lost_seconds(),
    )


def _hello(site, pass_):
    """The first thing a newcomer is told."""

    async def come():
        async with door(site, "listen", pass_) as socket:
            return json.loads(await asyncio.wait_for(socket.recv(), 40))

    return asyncio.run(come())

"""R9: two processes believe that they write the same lesson."""

import asyncio
import os
import signal
import threading
import time
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from cable import Cable
from scene import STAMP, Scene, packet, ticket
from servers import Redis

from live.reconnecting import Microphone
from live.services.recording import frames_of, timeline

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.redis]
SECOND_VOICE = 1 << 20  # numbers of what the second says


class Sleep:
    """The process stands still, as on a machine that is paused."""

    how = "asleep"

    def start(self, school, redis):
        self.process = school.start(REDIS_URL=redis.url)
        return self.process.url

    def begin(self):
        os.kill(self.process.process.pid, signal.SIGSTOP)

    def end(self):
        os.kill(self.process.process.pid, signal.SIGCONT)


class Partition:
    """The process goes on and cannot reach the database."""

    how = "without the database"

    def start(self, school, redis):
        self.cable, url = Cable(os.environ["DATABASE_URL"]), urlsplit(os.environ["DATABASE_URL"])
        far = url._replace(netloc=f"{url.username}@{urlsplit(self.cable.url).netloc}").geturl()
        return school.start(REDIS_URL=redis.url, DATABASE_URL=far).url

    def begin(self):
        self.cable.cut()

    def end(self):
        """It stays away."""


@pytest.mark.parametrize(
    "way", [Sleep(), pytest.param(Partition(), marks=pytest.mark.postgres)], ids=lambda way: way.how
)
def test_r9_a_process_whose_lease_ran_out_is_heard_no_more(
    school, ada, olga, ben, bob, broadcast, cohort, other_cohort, at_scale, promise, tmp_path, way
):
    with Redis(tmp_path / "redis") as redis:
        old, new = way.start(school, redis), school.start(REDIS_URL=redis.url).url
        with Scene(broadcast, [old], ear_sites=[old, new], teacher=ada,
                   listeners=[(ben, cohort), (bob, other_cohort)] * at_scale(1, 20)) as scene:  # fmt: skip
            time.sleep(2)
            way.begin()
            time.sleep(9)  # the lease is 8 s
            with _second_microphone(broadcast, new, olga) as second:
                time.sleep(2)
                way.end()
                woke = time.time()
                scene.until(lambda: scene.microphone.refusals)
                scene.microphone.is_over = True  # she does not take it back
                time.sleep(at_scale(2, 15))
            scene.is_speaking = False
            time.sleep(1)
        verdict = scene.verdict()
    epochs = [[line[1][0] for line in ear.diary.frames] for ear in scene.ears]
    assert all(one == sorted(one) for one in epochs)
    assert verdict.violations == []
    replay = [_voice(one) for one in timeline(f for f in frames_of(broadcast.pk) if f.packets)]
    voices = [number >= SECOND_VOICE for number in replay]
    assert replay == sorted(set(replay))  # first one voice, then the other, nothing twice
    assert [number for number in replay if number >= SECOND_VOICE] == [
        SECOND_VOICE + n for n in range(len(second.said))
    ]
    late = [at for ear in scene.ears for one, at in ear.packets if at > woke + 1 and _voice(one) < SECOND_VOICE]
    assert late == []
    assert scene.microphone.refusals[0][1] == "busy"
    promise(
        "R9",
        sum(one != other for one, other in pairwise(voices)) - 1,
        "times that the replay went back to the first voice",
        bound=0,
        kept=True,
        old_process=way.how,
        old_microphone_told_after_s=round(scene.microphone.refusals[0][0] - woke + 2, 2),
        deliveries=verdict.deliveries,
    )


def _voice(one):
    return STAMP.unpack_from(one, 1)[1]


class _second_microphone:
    """Someone else begins to speak, elsewhere."""

    def __init__(self, broadcast, site, person):
        self.said = []
        self.microphone = Microphone([site], lambda: asyncio.to_thread(ticket, person, broadcast, "speak"))
        self.is_over = False

    def __enter__(self):
        self.thread = threading.Thread(target=lambda: asyncio.run(self._speak()))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()

    async def _speak(self):
        staying = asyncio.create_task(self.microphone.stay())
        while not self.microphone.hellos and not staying.done():
            await asyncio.sleep(0.02)
        await self.microphone.say(self._packets())
        async with asyncio.timeout(10):
            await self.microphone.all_durable()
        staying.cancel()

    def _packets(self):
        while not self.is_over or len(self.said) % 3:
            self.said.append(packet(SECOND_VOICE + len(self.said)))
            yield self.said[-1]

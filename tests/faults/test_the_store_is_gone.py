"""R6: the store is gone for a while; what it should have waits on disk."""

import os
import shutil
import time

import pytest
from cable import Cable
from django.conf import settings
from scene import Scene

from live.engine import journal, wire
from live.services.recording import segment_prefix
from media.store import store

pytestmark = pytest.mark.django_db(transaction=True)


class Disk:
    """The store's folder, with something else in its place while it is gone."""

    settings = {"STORE": "on disk"}  # a process of its own

    def cut(self):
        self.aside = settings.STORE_ROOT.with_name("store-aside")
        settings.STORE_ROOT.mkdir(parents=True, exist_ok=True)
        settings.STORE_ROOT.rename(self.aside)
        settings.STORE_ROOT.write_text("in the way")

    def mend(self):
        settings.STORE_ROOT.unlink()
        self.aside.rename(settings.STORE_ROOT)

    def remove(self):
        shutil.rmtree(self.aside, ignore_errors=True)


class Bucket(Cable):
    def __init__(self):
        super().__init__(settings.S3_ENDPOINT)
        self.settings = {"S3_ENDPOINT": self.url}


@pytest.mark.parametrize("restarted", [False, True], ids=["", "and the server is killed meanwhile"])
def test_r6_what_the_store_missed_is_there_soon_after_its_return_byte_by_byte(
    school, ada, ben, broadcast, cohort, at_scale, promise, restarted
):
    place = Bucket() if os.environ.get("TEST_STORE") == "s3" else Disk()
    server = school.start(**place.settings)
    speed = at_scale(4, 1)
    with Scene(broadcast, [server.url], teacher=ada, listeners=[(ben, cohort)], speed=speed) as scene:
        time.sleep(at_scale(3, 30))
        place.cut()
        gone = time.time()
        time.sleep(at_scale(4, 200 if restarted else 600))
        if restarted:
            server.stop(9)
            server = school.again(server)
            scene.until(lambda: len(scene.microphone.hellos) == 2)
            time.sleep(at_scale(3, 30))
        assert scene.microphone.letters
        place.mend()
        back, newest = time.time(), scene.said[-1]
        scene.until(lambda: not any(newest in one.packets for one in tuple(scene.microphone.letters)), seconds=120)
        seconds = time.time() - back
        scene.hush()
    silence = max(scene.ears[0].silences(gone))
    kept = _stored(broadcast)
    written = {_place(record): record.payload for record in journal.read(journal.folder(broadcast.pk))}
    assert scene.recorded() == scene.said
    assert scene.verdict().violations == []
    assert {at: data for at, data in written.items() if at in kept} == kept
    before = [at for at in written if at <= max(kept)]
    assert set(before) == set(kept)
    place.remove()
    promise(
        "R6",
        round(seconds, 2),
        "s after its return until everything said before was stored",
        bound=120,
        kept=seconds <= 120,
        gone_s=round(back - gone, 1),
        objects_identical=True,
        killed_meanwhile=restarted,
        longest_silence_s=None if restarted else round(silence, 2),
    )


def _stored(broadcast):
    found = {}
    for key in store().keys(prefix=segment_prefix(broadcast.pk)):
        for record in journal.decode(store().read(key=key)):
            assert found.setdefault(_place(record), record.payload) == record.payload
    return found


def _place(record):
    frame = wire.unpack(record.payload)
    return frame.epoch, frame.seq

"""R11: whatever happens, every listener hears a part of what was written down, in its order, and is told of each gap."""

import json
import random
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from cable import Cable
from django.conf import settings
from scene import Scene, crowd, port

from live.services import recording

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]


def test_r11_a_crowd_that_is_cut_off_again_and_again_and_a_server_that_dies(
    school, ada, ben, broadcast, cohort, at_scale, promise, tmp_path
):
    server = school.start(ORDER="matters")
    listeners, wanted, heard, rounds = at_scale(100, 2000), at_scale(20_000, 10_000_000), [], 0
    with (
        Scene(broadcast, [server.url], teacher=ada, speed=3) as scene,
        Gallery(port(server.url), crowd(ben, broadcast, 2 * listeners), tmp_path) as gallery,
    ):
        inside = gallery.ask(f"join {listeners} 0 60")["inside"]
        assert inside == listeners
        while sum(one["frames"] for one in heard) < wanted or rounds < 3:
            time.sleep(at_scale(1, 20))
            rounds += 1
            if rounds % 3 == 2:
                server.stop(signal.SIGKILL)
                server = school.again(server)
                time.sleep(1.5)
            else:
                gallery.ask("leave")
            back = gallery.ask(f"join {listeners} {at_scale(0.5, 3)} 60")
            heard.append(gallery.ask("report") | {"back": back})
        scene.hush()
        time.sleep(1)
        heard.append(gallery.ask("report"))
        sums = gallery.sums()
    found = recording._found(broadcast.pk)
    written = {(epoch, seq): zlib.crc32(data) for epoch, some in found.items() for seq, data in some.items()}
    unwritten = sum(written.get(place) != digest for place, digest in sums.items())
    count = {name: sum(one[name] for one in heard) for name in ("frames", "repeats", "holes", "skips", "different")}
    count["different"] = heard[-1]["different"]
    violations = unwritten + count["repeats"] + count["holes"] + count["different"]
    assert scene.recorded() == scene.said
    promise(
        "R11",
        violations,
        f"violations in {count['frames']} deliveries",
        bound=0,
        kept=violations == 0 and count["frames"] >= wanted,
        **count,
        unlike_the_log=unwritten,
        rounds=rounds,
        back=[one["back"] for one in heard if "back" in one],
    )
    assert violations == 0


def test_r11_listeners_on_a_bad_line(school, ada, ben, bob, broadcast, cohort, other_cohort, at_scale, promise):
    server = school.start()
    cable, dice = Cable(server.url), random.Random(11)
    listeners = [(ben, cohort), (bob, other_cohort)] * 4
    with Scene(broadcast, [server.url], ear_sites=[cable.url], teacher=ada, listeners=listeners, speed=3) as scene:
        for _ in range(at_scale(6, 200)):
            time.sleep(dice.uniform(0.1, 1))
            cable.cut()
            time.sleep(dice.uniform(0, 0.7))
            cable.mend()
        scene.hush()
    cable.remove()
    verdict = scene.verdict()
    assert scene.recorded() == scene.said
    promise("R11", len(verdict.violations), f"violations in {verdict.deliveries} deliveries", bound=0,
            kept=not verdict.violations, declared_gaps=verdict.declared, how="lines cut at random")  # fmt: skip
    assert verdict.violations == []


class Gallery:
    """The listeners' process."""

    def __init__(self, number, tickets, folder):
        self.notes, path = folder / "sums", folder / "tickets"
        path.write_text("\n".join(tickets))
        command = [sys.executable, str(Path(__file__).with_name("gallery.py")), str(number), str(path), str(self.notes)]
        self.process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def ask(self, line):
        self.process.stdin.write(f"{line}\n")
        return json.loads(self.process.stdout.readline())

    def sums(self):
        return {(epoch, seq): digest for epoch, seq, digest in json.loads(self.notes.read_text())}

"""A rehearsal: a real lesson over the real sockets, to synthetic cohorts, that leaves nothing behind but its figures."""

import asyncio
import math
import shutil
import tempfile
import time
import wave
from array import array
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models import Cohort
from courses.models import Lesson
from live.client import Heard, Speaker, door, hear, opus_packets
from live.engine import wire
from live.engine.journal import folder
from live.errors import BadInput
from live.models import Broadcast, Rehearsal, Relay
from live.services.recording import frames_of, segment_prefix, timeline
from live.services.tickets import issue_tickets
from media.store import store

CHOICES = (10, 100, 500)  # synthetic cohorts, a listener in each
SECONDS = 6.0  # of sound
PATIENCE = 30.0
GIVEN_UP_AFTER = timedelta(minutes=3)
NOT_TWICE = _("彩排正在进行，等它走完再来一次。")
WRONG_SIZE = _("彩排的群数只能是 10、100 或 500。")


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the card: green while the figure is at most `bound` (at least, when `bound` is a floor)."""

    label: "str | Promise"
    unit: "str | Promise"
    bound: float
    is_floor: bool = False

    def kept(self, figure: float | None) -> bool:
        if figure is None:
            return False
        return figure >= self.bound if self.is_floor else figure <= self.bound


MEASURES = {
    "entered": Measure(_("所有群都进来了"), _("秒"), 15),
    "delivered": Measure(_("每一句都送到"), "%", 100, is_floor=True),
    "late": Measure(_("声音到群，最慢的 5%"), _("毫秒"), 500),
    "durable": Measure(_("写进这台服务器的磁盘"), _("毫秒"), 1500),
    "stored": Measure(_("存进仓库"), _("秒"), 20),
    "recorded": Measure(_("录下来的长度和说的一样"), "%", 100, is_floor=True),
}


def begin_rehearsal(*, broadcast: Broadcast, by: User, cohorts: int) -> Rehearsal:
    """A rehearsal to be run by the worker; one at a time."""
    if cohorts not in CHOICES:
        raise BadInput(str(WRONG_SIZE))
    if broadcast.rehearsals.filter(ended_at=None, began_at__gt=timezone.now() - GIVEN_UP_AFTER).exists():
        raise BadInput(str(NOT_TWICE))
    return Rehearsal.objects.create(broadcast=broadcast, by=by, cohorts=cohorts)


def rehearse(*, rehearsal: Rehearsal, site: str) -> Rehearsal:
    """Run it against the school that answers at `site`; what goes wrong is written down as trouble, never raised."""
    try:
        with _stage(rehearsal) as (stage, cohorts):
            tickets = issue_tickets(person=rehearsal.by, broadcast=stage, cohorts=cohorts)
            microphone = issue_tickets(person=rehearsal.by, broadcast=stage, part="speak")[0]
            figures = asyncio.run(_play(site, microphone, tickets))
            _await_silence(stage)
            spoken = figures.pop("spoken")
            packets = timeline(frame for frame in frames_of(stage.pk) if frame.type == wire.AUDIO)
            figures["recorded"] = round(100 * sum(map(wire.packet_units, packets)) / spoken, 1)
            rehearsal.figures = figures
    except Exception as error:
        rehearsal.trouble = f"{type(error).__name__}: {error}"
    rehearsal.ended_at = timezone.now()
    rehearsal.save(update_fields=["figures", "trouble", "ended_at"])
    return rehearsal


def card(rehearsal: Rehearsal) -> list[tuple[Measure, float | None, bool]]:
    """Every measure with its figure, and whether it is green."""
    found = [(measure, rehearsal.figures.get(name)) for name, measure in MEASURES.items()]
    return [(measure, figure, measure.kept(figure)) for measure, figure in found]


@contextmanager
def _stage(rehearsal: Rehearsal) -> Iterator[tuple[Broadcast, list[int]]]:
    """A lesson nobody can find, relayed to cohorts nobody sits in; gone afterwards with all it left."""
    course = rehearsal.broadcast.lesson.course
    lesson = Lesson.objects.create(course=course, title="彩排", kind=Lesson.Kind.LIVE, is_published=False)
    names = [f"彩排 {rehearsal.pk}-{n}" for n in range(1, rehearsal.cohorts + 1)]
    try:
        stage = Broadcast.objects.create(lesson=lesson)
        Cohort.objects.bulk_create([Cohort(name=name) for name in names])
        cohorts = list(Cohort.objects.filter(name__in=names).values_list("pk", flat=True))
        Relay.objects.bulk_create([Relay(broadcast=stage, cohort_id=pk) for pk in cohorts])
        yield stage, cohorts
    finally:
        _strike(lesson, names)


def _strike(lesson: Lesson, names: list[str]) -> None:
    broadcast = Broadcast.objects.filter(lesson=lesson).first()
    if broadcast:
        for key in store().keys(prefix=segment_prefix(broadcast.pk)):
            store().delete(key=key)
        shutil.rmtree(folder(broadcast.pk), ignore_errors=True)
    lesson.delete()
    Cohort.objects.filter(name__in=names).delete()


def _await_silence(stage: Broadcast) -> None:
    """Until the server has put the microphone down, it still writes."""
    until = time.monotonic() + PATIENCE
    while Broadcast.objects.filter(pk=stage.pk).exclude(mic_holder="").exists() and time.monotonic() < until:
        time.sleep(0.1)


async def _play(site: str, microphone: str, tickets: list[str]) -> dict[str, float]:
    began = time.monotonic()
    packets = list(_sound())
    async with AsyncExitStack() as doors:
        ears = [await doors.enter_async_context(door(site, "listen", ticket)) for ticket in tickets]
        heard = [Heard() for _ in ears]
        hearing = [
            asyncio.ensure_future(hear(ear, keep=False, heard=one)) for ear, one in zip(ears, heard, strict=True)
        ]
        entered = time.monotonic() - began
        figures = await _speak(site, microphone, packets)
        await _until(lambda: all(one.units >= figures["spoken"] for one in heard), patience=5)
        for task in hearing:
            task.cancel()
        await asyncio.gather(*hearing, return_exceptions=True)
    late = sorted(ms for one in heard for ms in one.late_ms)
    units = sum(min(one.units, figures["spoken"]) for one in heard if not one.gaps)
    return figures | {
        "entered": round(entered, 1),
        "delivered": round(100 * units / (figures["spoken"] * len(heard)), 2),
        "late": round(late[int(len(late) * 0.95)] if late else 0),
    }


async def _speak(site: str, ticket: str, packets: list[bytes]) -> dict[str, float]:
    async with door(site, "speak", ticket) as socket:
        speaker = Speaker(socket)
        await speaker.greet()
        listening = asyncio.ensure_future(speaker.listen())
        await speaker.say(packets)
        said = time.monotonic()
        await asyncio.wait_for(speaker.all_durable(), PATIENCE)
        durable = time.monotonic()
        await _until(lambda: speaker.stored >= speaker.next - 1, patience=PATIENCE)
        stored = time.monotonic()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    return {
        "spoken": sum(map(wire.packet_units, packets)),
        "durable": round((durable - said) * 1000),
        "stored": round(stored - said, 1),
    }


async def _until(is_so: Callable[[], bool], *, patience: float) -> None:
    until = time.monotonic() + patience
    while not is_so() and time.monotonic() < until:
        await asyncio.sleep(0.05)


def _sound() -> Iterator[bytes]:
    """A quiet tone, as a microphone would send it."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "tone.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(48000)
            wanted = int(48000 * SECONDS)
            file.writeframes(array("h", (int(3000 * math.sin(n * 0.0288)) for n in range(wanted))).tobytes())
        yield from opus_packets(path)

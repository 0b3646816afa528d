"""A lesson that goes on while a test breaks something: one microphone and its listeners, in a thread of their own."""

import asyncio
import contextlib
import hashlib
import itertools
import secrets
import struct
import threading
import time
from datetime import timedelta
from urllib.parse import urlsplit

from django.db import connection
from django.utils import timezone
from oracle import Diary, judge

from live.engine import wire
from live.models import Ticket
from live.reconnecting import Listener, Microphone
from live.services import recording
from live.services.tickets import issue_ticket

PACKET = 60  # bytes of 20 ms of voice at 24 kbit/s
STAMP = struct.Struct("!dI")
SECOND = wire.UNITS_PER_SECOND


def packet(number):
    """Something like 20 ms of Opus that says which one it is, and when it was spoken."""
    return (b"\x78" + STAMP.pack(time.time(), number)).ljust(PACKET, b"\x78")


class Ear:
    """A listener who writes everything down."""

    def __init__(self, sites, issue, name):
        self.diary = Diary(name)
        self.packets = []
        self.sounds = {}
        self.events = []
        self.line = Listener(sites, issue, self)

    def take(self, data):
        frame, at = wire.unpack(data), time.time()
        self.diary.frame((frame.epoch, frame.seq), data, at=at, t=frame.t)
        if frame.type == wire.EVENT:
            self.events.append(frame.event | {"arrived": at})
        self.packets += [(one, at) for one in frame.packets]
        self.sounds |= dict.fromkeys(frame.packets, at)

    def told(self, message):
        if message["type"] == "hello":
            place = (message["epoch"], message["seq"])
            self.diary.hello(place, resumed=message["resumed"], at=time.time())
        elif message["type"] == "skip":
            self.diary.skip(message["from"], message["to"])

    def first_new_sound_after(self, moment):
        """When the first packet that was spoken after `moment` was heard; infinite when none was."""
        late = (at for one, at in self.packets if at > moment and STAMP.unpack_from(one, 1)[0] > moment)
        return next(late, float("inf"))

    def silences(self, since):
        """How long nothing was heard, each time, in seconds."""
        times = [at for _, at in self.packets if at >= since]
        return [later - earlier for earlier, later in itertools.pairwise(times)]


class Scene:
    """`with Scene(broadcast, [url], teacher=ada, listeners=[(ben, cohort)]) as scene:` someone speaks meanwhile.

    Of several addresses the teacher takes the first; her listeners, in turns, `ear_sites` or all.
    """

    def __init__(self, broadcast, sites, *, teacher, listeners=(), ear_sites=None, speed=1.0, voice=packet):
        self.broadcast, self.speed, self.voice = broadcast, speed, voice
        self.microphone = Microphone(sites, self._issue(teacher, "speak", None))
        self.ears = [
            Ear(_turned(ear_sites or sites, number), self._issue(person, "listen", cohort), f"{person.name} {number}")
            for number, (person, cohort) in enumerate(listeners)
        ]
        self.said = []
        self.is_speaking = True
        self.loop = asyncio.new_event_loop()
        self.failed = []

    def _issue(self, person, part, cohort):
        return lambda: asyncio.to_thread(ticket, person, self.broadcast, part, cohort)

    def __enter__(self):
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        self.until(lambda: self.microphone.hellos and all(ear.line.hellos for ear in self.ears))
        return self

    def __exit__(self, kind, *_):
        self.is_speaking = False
        self.loop.call_soon_threadsafe(self.over.set)
        self.thread.join(20)
        if self.failed and kind is None:
            raise self.failed[0]

    def until(self, question, *, seconds=20):
        """Wait until the answer is yes."""
        deadline = time.monotonic() + seconds
        while not question():
            if self.failed:
                raise self.failed[0]
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.02)

    def hush(self, *, stored=False, seconds=20):
        """Speak no more; return when all of it is written down (in the store) and everyone heard the last of it."""
        self.is_speaking = False
        letters = self.microphone.letters
        self.until(lambda: self.finished, seconds=seconds)
        self.until(lambda: not letters if stored else all(one.is_there for one in tuple(letters)), seconds=seconds)
        with contextlib.suppress(AssertionError):
            self.until(lambda: all(ear.packets and ear.packets[-1][0] == self.said[-1] for ear in self.ears), seconds=5)

    def end(self):
        """End the lesson as a teacher does, after everything was said."""
        self.hush()
        self.loop.call_soon_threadsafe(self.microphone.end)
        self.until(lambda: self.microphone_left.is_set(), seconds=20)

    def do(self, coroutine):
        """Let the lesson's thread do this."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def recorded(self):
        """The replay's packets; those that stand for something lost do not carry a number."""
        return list(recording.timeline(f for f in recording.frames_of(self.broadcast.pk) if f.type == wire.AUDIO))

    def lost_seconds(self):
        return len(set(self.said) - set(self.recorded())) * 0.02

    def verdict(self, **more):
        found = recording._found(self.broadcast.pk)
        written = {(epoch, seq): data for epoch, frames in found.items() for seq, data in frames.items()}
        lesson = {(frame.epoch, frame.seq) for frame in recording.frames_of(self.broadcast.pk)}
        return judge([ear.diary for ear in self.ears], written, fenced=set(written) - lesson, **more)

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.over, self.microphone_left, self.finished = asyncio.Event(), threading.Event(), False
        self.loop.run_until_complete(self._go_on())

    async def _go_on(self):
        jobs = [self._stay(self.microphone), self._speak(), *(self._stay(ear.line) for ear in self.ears)]
        tasks = [asyncio.create_task(job) for job in jobs]
        await self.over.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _stay(self, line):
        try:
            await line.stay()
        except Exception as error:
            self.failed.append(error)
        if line is self.microphone:
            self.microphone_left.set()

    async def _speak(self):
        while not self.microphone.hellos:
            await asyncio.sleep(0.01)
        await self.microphone.say(self._voice(), pace=1 / self.speed)
        self.finished = True

    def _voice(self):
        for number in itertools.count():
            if not self.is_speaking and number % 3 == 0:
                return
            self.said.append(self.voice(number))
            yield self.said[-1]


def ticket(person, broadcast, part, cohort=None):
    """From a thread of its own, whose line to the database nobody else would close."""
    try:
        return issue_ticket(person=person, broadcast=broadcast, part=part, cohort_id=cohort.pk if cohort else None)
    finally:
        connection.close()


def crowd(person, broadcast, count):
    """So many tickets of one person, good for an hour."""
    made = [secrets.token_urlsafe(24) for _ in range(count)]
    soon = timezone.now() + timedelta(hours=1)
    Ticket.objects.bulk_create(
        Ticket(
            digest=hashlib.sha256(one.encode()).hexdigest(),
            person=person,
            broadcast=broadcast,
            part="listen",
            expires_at=soon,
        )
        for one in made
    )
    return made


def _turned(sites, by):
    by %= len(sites)
    return [*sites[by:], *sites[:by]]


def p95(numbers):
    return sorted(numbers)[int((len(numbers) - 1) * 0.95)]


def port(url):
    return urlsplit(url).port

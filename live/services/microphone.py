"""One microphone at a time: a lease on the row, and an epoch that fences every older holder."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from live.engine import journal, wire
from live.engine.ingest import Position
from live.errors import AlreadyEnded, Halted, MicrophoneTaken, Unavailable
from live.models import Broadcast
from live.services.recording import only_stored
from media.errors import StoreUnreachable

LEASE = timedelta(seconds=8)
STORE_AWAY = gettext_lazy("学校的存储暂时连不上，前面讲的都在那里。连上就能接着讲，你说的话会留在这台电脑里。")


@transaction.atomic
def take_microphone(*, broadcast_id: int, holder: str, instead_of: str = "", after: int = 0) -> Broadcast:
    """The lesson in a new epoch, spoken by `holder`; raises `AlreadyEnded`, `Halted` or `MicrophoneTaken`.

    Someone who comes back takes over from her own lost connection, `instead_of`, before its lease has run out.
    `after` is the newest epoch that was heard here: a database that was restored from a copy may not know of it.
    """
    broadcast = Broadcast.objects.select_for_update().get(pk=broadcast_id)
    now = timezone.now()
    if broadcast.state == Broadcast.State.ENDED:
        raise AlreadyEnded
    if broadcast.halted_at:
        raise Halted
    is_free = broadcast.mic_holder in {"", instead_of} or not broadcast.mic_until or broadcast.mic_until <= now
    if not is_free:
        raise MicrophoneTaken
    broadcast.epoch = max(broadcast.epoch, after) + 1
    broadcast.mic_holder, broadcast.mic_until = holder, now + LEASE
    broadcast.save(update_fields=["epoch", "mic_holder", "mic_until"])
    return broadcast


def keep_microphone(*, broadcast_id: int, holder: str, t: int) -> bool:
    """Renew the lease; False when someone else holds the microphone now."""
    mine = Broadcast.objects.filter(pk=broadcast_id, mic_holder=holder)
    return bool(mine.update(mic_until=timezone.now() + LEASE, media_t=t))


def release_microphone(*, broadcast_id: int, holder: str, t: int) -> None:
    Broadcast.objects.filter(pk=broadcast_id, mic_holder=holder).update(mic_holder="", mic_until=None, media_t=t)


@dataclass
class Reading:
    """How far a lesson's logs on this machine were read, and where they say that it stands."""

    sizes: dict[Path, int] = field(default_factory=dict)
    at: Position = field(default_factory=Position)
    newest: tuple[int, int] = (0, 0)

    def is_changed(self, logs: list[Path]) -> bool:
        """Whether one of those that were read is not there any more, or is not what it was."""
        there = set(logs)
        return any(path not in there or path.stat().st_size != size for path, size in self.sizes.items())

    def copy(self) -> "Reading":
        return Reading(dict(self.sizes), replace(self.at, had=dict(self.at.had)), self.newest)

    def take(self, path: Path) -> None:
        if path in self.sizes:
            return
        data = path.read_bytes()
        for record in journal.decode(data):
            frame = wire.unpack(record.payload)
            self.newest = max(self.newest, (frame.epoch, frame.seq))
            self.at.follow(record)
        self.sizes[path] = len(data)


_read: dict[int, Reading] = {}
KEPT = 200  # lessons whose older logs are not read again


def position(broadcast: Broadcast) -> Position:
    """Where the lesson stands, from its log on this machine, the store's objects, and what the database knows."""
    reading = _reading(broadcast.pk)
    at = reading.at
    try:
        for record in only_stored(broadcast.pk, after=reading.newest):
            at.follow(record)
    except StoreUnreachable:
        if at.t < broadcast.media_t:  # this machine's log does not reach as far as the lesson
            raise Unavailable(str(STORE_AWAY)) from None
    last = broadcast.events.exclude(n=None).order_by("n").last()
    if last:
        at.events, at.started = max(at.events, last.n or 0), True
        at.clip = at.clip or broadcast.clips.count()
    at.t = at.t or broadcast.media_t
    return at


def _reading(broadcast_id: int) -> Reading:
    """All logs of a lesson. Every connection begins a new one: the older ones, while they are as they were, are known."""
    logs = journal.files(journal.folder(broadcast_id))
    known = _read.get(broadcast_id, Reading())
    if known.is_changed(logs):
        known = Reading()
    known = known.copy()
    for path in logs[:-1]:
        known.take(path)
    while len(_read) >= KEPT:
        _read.pop(next(iter(_read)), None)
    _read[broadcast_id] = known
    reading = known.copy()
    for path in logs[-1:]:
        reading.take(path)
    return reading

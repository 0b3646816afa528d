"""One microphone at a time: a lease on the row, and an epoch that fences every older holder."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from live.engine.ingest import Position
from live.errors import AlreadyEnded, Halted, MicrophoneTaken, Unavailable
from live.models import Broadcast
from live.services.recording import written_down
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


def position(broadcast: Broadcast) -> Position:
    """Where the lesson stands, from its log on this machine, or from what the database knows."""
    at = Position()
    last = broadcast.events.exclude(n=None).order_by("n").last()
    if last:
        at.events, at.started = last.n or 0, True
        at.clip = broadcast.clips.count()
    try:
        for record in written_down(broadcast.pk):
            at.follow(record)
    except StoreUnreachable:
        if at.t < broadcast.media_t:  # this machine's log does not reach as far as the lesson
            raise Unavailable(str(STORE_AWAY)) from None
    at.t = at.t or broadcast.media_t
    return at

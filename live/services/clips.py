"""What a host does to a clip after it was sent: retract, restore, trim, speak again.

The recording is never touched. Each is one row of the lesson log, told to every listener; what is heard follows from the
log, in every cohort and in the replay alike.
"""

import logging
import tempfile
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from live.engine import hub, ogg
from live.engine.montage import Montage, Take
from live.errors import BadInput, ClipBusy, NoSuchClip
from live.models import Broadcast, Event, HlsSegment
from live.services.edits import montage_of, silenced, takes_of
from live.services.notes import note
from live.services.recording import sound_between
from live.services.relaying import locked
from media.models import Asset
from media.store import store

logger = logging.getLogger(__name__)
Kind = Event.Kind
PACKET = 8  # units of the packets our microphones send; a cut stands between two
SHORTEST = 80  # units that a trim must leave
WITHDRAWN = "withdrawn"  # a guard that opens for nobody

SPEAKING = _("这一条还没有说完，说完再改。")
IS_GONE = _("这一条已经撤回，先恢复再改。")
IS_REPLACED = _("这一条已经重录，请改新的那一条。")
NOT_LATER = _("只能用后来说的、还没有换给别处的一条来代替。")
BAD_CUT = _("裁剪的起止不对：要在这一条之内，并且至少留下 0.2 秒。想去掉整条，请用「撤回」。")


@transaction.atomic
def retract(*, broadcast: Broadcast, n: int, by: User) -> Montage:
    """Take a clip back: from now on nobody hears it. Repeating it changes nothing."""
    broadcast, takes = _open(broadcast, n)
    if not takes[n].is_gone:
        _note(broadcast, Kind.RETRACT, n, by)
    return montage_of(broadcast)


@transaction.atomic
def restore(*, broadcast: Broadcast, n: int, by: User) -> Montage:
    """Undo a retraction or a replacement: the clip is heard again as it was. Repeating it changes nothing."""
    broadcast, takes = _open(broadcast, n)
    if takes[n].is_gone or takes[n].new is not None:
        _note(broadcast, Kind.RESTORE, n, by)
    return montage_of(broadcast)


@transaction.atomic
def replace(*, broadcast: Broadcast, n: int, new: int, by: User) -> Montage:
    """Let clip `new`, spoken later, be heard in the place of clip `n`."""
    broadcast, takes = _open(broadcast, n)
    take, other = takes[n], _ended(takes, new)
    if take.new == new:
        return montage_of(broadcast)
    _refuse_changed(take)
    if new <= n or other.is_gone or other.old is not None or other.new is not None:
        raise BadInput(str(NOT_LATER))
    _note(broadcast, Kind.REPLACE, n, by, new=new)
    return montage_of(broadcast)


@transaction.atomic
def trim(*, broadcast: Broadcast, n: int, start_ms: int, end_ms: int, by: User) -> Montage:
    """Keep only `start_ms` to `end_ms` of a clip, widened to whole packets; all of it undoes an earlier trim."""
    broadcast, takes = _open(broadcast, n)
    take = takes[n]
    _refuse_changed(take)
    length = take.ends - take.starts
    starts, ends = int(start_ms / 2.5) // PACKET * PACKET, min(length, -(-int(end_ms / 2.5) // PACKET) * PACKET)
    if start_ms < 0 or end_ms > length * 2.5 + 20 or ends - starts < min(SHORTEST, length):
        raise BadInput(str(BAD_CUT))
    if (take.starts + starts, take.starts + ends) != take.kept:
        _note(broadcast, Kind.TRIM, n, by, starts=starts, ends=ends)
    return montage_of(broadcast)


def sound_of(*, broadcast: Broadcast, n: int) -> bytes:
    """One clip as it was spoken, as Ogg Opus, whatever was done to it since: for the host who decides about it."""
    take = takes_of(broadcast).get(n)
    if take is None or take.is_open:
        raise NoSuchClip
    packets = sound_between(broadcast.pk, take.starts, take.ends)
    with tempfile.NamedTemporaryFile(suffix=".ogg") as file:
        ogg.write(packets=packets, path=Path(file.name))
        return Path(file.name).read_bytes()


def erase(*, asset: Asset) -> None:
    """First the bytes, so that no old link finds them, then the row, which is what makes us try again."""
    _wipe(asset)
    asset.delete()


def _wipe(asset: Asset) -> None:
    for key in store().keys(prefix=f"{asset.folder}/"):
        store().delete(key=key)


def erase_withdrawn(*, broadcast: Broadcast) -> None:
    """Whatever sound of the lesson was taken back and is still in the store, or came there since."""
    for asset in _withdrawn(broadcast):
        erase(asset=asset)
    _wipe_gone(broadcast)


def _withdrawn(broadcast: Broadcast) -> QuerySet[Asset]:
    return Asset.objects.filter(guard=WITHDRAWN, guarded_id=str(broadcast.lesson_id))


def _wipe_gone(broadcast: Broadcast) -> None:
    for segment in HlsSegment.objects.filter(broadcast=broadcast, is_gone=True).exclude(key=""):
        store().delete(key=segment.key)
        HlsSegment.objects.filter(pk=segment.pk).update(key="")


def _open(broadcast: Broadcast, n: int) -> tuple[Broadcast, dict[int, Take]]:
    broadcast = locked(broadcast)
    takes = takes_of(broadcast)
    if n not in takes:
        raise NoSuchClip
    if takes[n].is_open:
        raise ClipBusy(str(SPEAKING))
    return broadcast, takes


def _ended(takes: dict[int, Take], n: int) -> Take:
    if n not in takes or takes[n].is_open:
        raise BadInput(str(NOT_LATER))
    return takes[n]


def _refuse_changed(take: Take) -> None:
    if take.is_gone:
        raise ClipBusy(str(IS_GONE))
    if take.new is not None:
        raise ClipBusy(str(IS_REPLACED))


def _note(broadcast: Broadcast, kind: str, n: int, by: User, **what: int) -> None:
    note(broadcast=broadcast, kind=kind, clip=n, by=by.display_name, person=by.pk, **what)
    spans = silenced(broadcast)
    transaction.on_commit(lambda: hub.control(broadcast.pk, {"kind": "take_back", "spans": spans}))
    for starts, ends in spans:
        broadcast.hls.filter(starts_t__lt=ends, ends_t__gt=starts).update(is_gone=True)
    if broadcast.state == Broadcast.State.ENDED:
        _make_again(broadcast)
    transaction.on_commit(lambda: _erase_now(broadcast))


def _make_again(broadcast: Broadcast) -> None:
    """The replay that was made is out of reach at once; the worker makes the one that follows from the log."""
    from live.tasks import finalise, watch

    lesson = broadcast.lesson
    if broadcast.replay_id and lesson.audio_id == broadcast.replay_id:
        Asset.objects.filter(pk=broadcast.replay_id).update(guard=WITHDRAWN, guarded_id=str(lesson.pk))
        lesson.audio = None
        lesson.save(update_fields=["audio"])
    Broadcast.objects.filter(pk=broadcast.pk).update(replay=None, finalised_at=None)
    transaction.on_commit(lambda: finalise.enqueue(broadcast.pk))
    transaction.on_commit(lambda: watch(broadcast.pk))


def _erase_now(broadcast: Broadcast) -> None:
    """What fails here the worker does with the next replay; it may be writing another form of the old one just now, so
    the rows stay until then."""
    try:
        for asset in _withdrawn(broadcast):
            _wipe(asset)
        _wipe_gone(broadcast)
    except Exception as error:
        logger.warning("What was taken back is still in the store (%s); trying again", error)

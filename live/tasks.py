"""What the worker does for the live room."""

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from live.models import Broadcast, Event, Rehearsal
from live.services.finalise import finalise_broadcast
from live.services.hls import forget
from live.services.ledger import queue, settle_offline
from live.services.outside import deliver
from live.services.rehearsal import rehearse as run_rehearsal
from media.models import Rendition
from media.services import request_renditions

FIRST = 90  # priority: whoever waits for a replay waits for nothing else
PATIENCE = (30, 60, 300, 900, 3600, 6 * 3600)  # seconds until someone looks whether it was done
LAST_HEARD = timedelta(minutes=10)
RENDERED = 3  # the look by which renditions have had their time


@task(priority=FIRST)
def finalise(broadcast_id: int) -> None:
    """Make the replay once the microphone has let go; looks again in a second while it has not."""
    broadcast = _broadcast(broadcast_id)
    if broadcast.finalised_at:
        return
    now = timezone.now()
    if broadcast.mic_holder and broadcast.mic_until and broadcast.mic_until > now:
        finalise.using(run_after=now + timedelta(seconds=0.5)).enqueue(broadcast_id)
        return
    finalise_broadcast(broadcast=broadcast)
    forget_hls.using(run_after=now + LAST_HEARD).enqueue(broadcast_id)


@task()
def render_if_settled(broadcast_id: int, edit: int) -> None:
    """The other forms of a replay that was changed, unless it was changed again."""
    broadcast = _broadcast(broadcast_id)
    if broadcast.replay and broadcast.replay_edit == edit:
        request_renditions(asset=broadcast.replay)


@task()
def forget_hls(broadcast_id: int) -> None:
    """Who listened with the screen off has heard the end; the replay has everything."""
    forget(broadcast=_broadcast(broadcast_id))


@task(priority=FIRST)
def look_again(broadcast_id: int, attempt: int = 0) -> None:
    """A worker may be killed, a store be away: whatever of the replay is missing by now is made now.

    Who looks next is settled before anything is tried, for that may be what kills.
    """
    broadcast = _broadcast(broadcast_id)
    audio = broadcast.lesson.audio
    lacks_forms = audio is not None and audio.renditions.exclude(state=Rendition.State.READY).exists()
    if broadcast.finalised_at and not lacks_forms:
        return
    if attempt + 1 < len(PATIENCE):
        watch(broadcast_id, attempt + 1)
    if not broadcast.finalised_at:
        finalise.call(broadcast_id)
    elif audio and attempt >= RENDERED:
        request_renditions(asset=audio)


def watch(broadcast_id: int, attempt: int = 0) -> None:
    """Have someone look later."""
    later = timezone.now() + timedelta(seconds=PATIENCE[attempt])
    look_again.using(run_after=later).enqueue(broadcast_id, attempt)


def _broadcast(broadcast_id: int) -> Broadcast:
    return Broadcast.objects.select_related("lesson__course__instructor", "lesson__audio").get(pk=broadcast_id)


@task()
def settle(event_id: int) -> None:
    """Processes that hold listeners have answered by now; where none did, nobody was online."""
    event = Event.objects.filter(pk=event_id).first()
    if event is None:
        return  # a rehearsal's: it left nothing behind
    queue(event)  # should the press have been cut short after everyone was told
    settle_offline(event_id=event_id, online=())


@task()
def send_outside(event_id: int) -> None:
    """Send to groups on other platforms what may be sent now, and come back for what has to wait."""
    again = deliver(event_id=event_id)
    if again:
        send_outside.using(run_after=max(again, timezone.now() + timedelta(seconds=0.5))).enqueue(event_id)


@task()
def rehearse(rehearsal_id: int, site: str) -> None:
    """Try the whole path out, as asked."""
    rehearsal = Rehearsal.objects.select_related("broadcast__lesson__course", "by").get(pk=rehearsal_id)
    if rehearsal.ended_at is None:
        run_rehearsal(rehearsal=rehearsal, site=site)

"""From the waiting room to the end of the lesson."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models import Lesson
from live.engine import hub
from live.errors import BadInput
from live.models import Broadcast, Clip, Event
from live.services.ledger import queue
from live.services.microphone import position
from live.services.relaying import add_relays, numbers, settle_later, still_going_on
from live.services.talk import announce_state

NOT_BEGUN = _("这一讲还没有开始，没有可以结束的。")


@transaction.atomic
def prepare_broadcast(*, lesson: Lesson) -> Broadcast:
    """The broadcast of a live lesson, relayed to its course's cohorts; asking again changes nothing."""
    broadcast, made = Broadcast.objects.get_or_create(lesson=lesson)
    if made:
        add_relays(broadcast, numbers(lesson.course.cohorts.open()))
    return broadcast


def record_event(*, broadcast_id: int, event: dict[str, Any]) -> None:
    """Write one event of the log as rows; repeating it is harmless."""
    payload = {key: value for key, value in event.items() if key not in {"n", "t", "kind", "at"}}
    with transaction.atomic():
        entry, new = Event.objects.get_or_create(
            broadcast_id=broadcast_id,
            n=event["n"],
            defaults={"t": event["t"], "kind": event["kind"], "payload": payload},
        )
        if new:
            _apply(broadcast_id, event)
        if new and entry.kind == Event.Kind.START:
            queue(entry)
            settle_later(entry)


def _apply(broadcast_id: int, event: dict[str, Any]) -> None:
    this = Broadcast.objects.filter(pk=broadcast_id)
    kind, t = event["kind"], event["t"]
    if kind == Event.Kind.START:
        this.filter(state=Broadcast.State.WAITING).update(state=Broadcast.State.LIVE, started_at=timezone.now())
    elif kind == Event.Kind.CLIP_START:
        Clip.objects.get_or_create(broadcast_id=broadcast_id, n=event["clip"], defaults={"starts_t": t})
    elif kind == Event.Kind.CLIP_END:
        Clip.objects.filter(broadcast_id=broadcast_id, n=event["clip"]).update(ends_t=t)
    elif kind == Event.Kind.SLIDE:
        this.update(slide=event["slide"])


@transaction.atomic
def end_broadcast(*, broadcast: Broadcast) -> Broadcast:
    """End the lesson everywhere and have its replay made; raises `AlreadyEnded` the second time."""
    from live.tasks import finalise, watch  # the task calls this package's verbs

    broadcast = still_going_on(broadcast)
    if broadcast.state == Broadcast.State.WAITING and not broadcast.epoch:
        raise BadInput(str(NOT_BEGUN))
    broadcast.state, broadcast.ended_at = Broadcast.State.ENDED, timezone.now()
    broadcast.save(update_fields=["state", "ended_at"])
    if not (broadcast.mic_until and broadcast.mic_until > timezone.now()):
        _note_the_end(broadcast)  # nobody holds the microphone, so nobody else writes it down
    transaction.on_commit(lambda: finalise.enqueue(broadcast.pk))
    transaction.on_commit(lambda: watch(broadcast.pk))
    transaction.on_commit(lambda: hub.control(broadcast.pk, {"kind": "end", "after": broadcast.hold_back}))
    transaction.on_commit(lambda: announce_state(broadcast))
    return broadcast


def end_lesson(*, broadcast_id: int) -> Broadcast:
    """`end_broadcast` by number, for a microphone that says it is done."""
    return end_broadcast(broadcast=Broadcast.objects.get(pk=broadcast_id))


def _note_the_end(broadcast: Broadcast) -> None:
    at = position(broadcast)
    if not at.ended:
        record_event(broadcast_id=broadcast.pk, event={"n": at.events + 1, "t": at.t, "kind": Event.Kind.END})

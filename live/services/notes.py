"""What the host does besides speaking, written into the lesson log and told to every listener at once."""

import json
from typing import Any

from django.db import transaction

from live.engine import hub
from live.models import Broadcast, Event
from live.services.talk import media_time


def note(*, broadcast: Broadcast, kind: str, **payload: Any) -> Event:
    """One row of the lesson log, stamped with the media clock; after commit one bus message tells every process."""
    event = Event.objects.create(broadcast=broadcast, t=media_time(broadcast), kind=kind, payload=payload)
    transaction.on_commit(lambda: hub.tell(broadcast.pk, {"type": "event", **event_line(event)}))
    return event


def told_again(*, event_id: int) -> bytes:
    """The same text once more, for those it did not reach."""
    line = event_line(Event.objects.get(pk=event_id))
    return json.dumps({"type": "event", **line}, ensure_ascii=False).encode()


def event_line(event: Event) -> dict[str, Any]:
    """An event as the log and the listen socket tell it."""
    return {"id": event.pk, "n": event.n, "kind": event.kind, "t": event.t, "payload": event.payload}

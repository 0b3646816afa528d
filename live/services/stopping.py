"""The emergency brake: one press silences every cohort, and a hold-back gives time to press it."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from live.engine import hub
from live.errors import BadInput
from live.models import Broadcast, Event
from live.services.notes import note
from live.services.relaying import still_going_on

LONGEST_HOLD_BACK = 30  # seconds
WRONG_HOLD_BACK = _("延迟要在 0 到 30 秒之间。")


@transaction.atomic
def halt(*, broadcast: Broadcast) -> Broadcast:
    """Every listener falls silent within a second, what was held back is never heard live, and nobody speaks until
    `resume`. What was spoken stays in the log. Repeating it changes nothing.
    """
    broadcast = still_going_on(broadcast)
    if broadcast.halted_at is None:
        event = note(broadcast=broadcast, kind=Event.Kind.HALT)
        broadcast.halted_at = event.at
        broadcast.save(update_fields=["halted_at"])
        transaction.on_commit(lambda: hub.control(broadcast.pk, {"kind": "halt"}))
    return broadcast


@transaction.atomic
def resume(*, broadcast: Broadcast) -> Broadcast:
    """The microphone may speak again."""
    broadcast = still_going_on(broadcast)
    if broadcast.halted_at is not None:
        broadcast.halted_at = None
        broadcast.save(update_fields=["halted_at"])
        note(broadcast=broadcast, kind=Event.Kind.RESUME)
    return broadcast


def hold_back(*, broadcast: Broadcast, seconds: int) -> Broadcast:
    """From the microphone's next connection on, everyone hears it so many seconds late."""
    if not 0 <= seconds <= LONGEST_HOLD_BACK:
        raise BadInput(str(WRONG_HOLD_BACK))
    broadcast.hold_back = seconds
    broadcast.save(update_fields=["hold_back"])
    hub.control(broadcast.pk, {"kind": "hold_back", "seconds": seconds})
    return broadcast

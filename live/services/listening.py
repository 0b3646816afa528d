"""What a listener's socket asks the database, once when it opens and again when a right may have ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from courses.access import lesson_access
from live.access import may_host
from live.models import Broadcast, Relay
from live.services.tickets import Visit
from membership.models import Device, Grant

CLOCKS_APART = timedelta(seconds=2)  # another machine's clock may be a little behind


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lesson stands when someone comes in."""

    state: str
    epoch: int
    t: int
    slide: int
    clip: int | None


def standing(*, broadcast_id: int) -> Standing:
    broadcast = Broadcast.objects.get(pk=broadcast_id)
    speaking = broadcast.clips.filter(ends_t=None).last()
    return Standing(
        state=broadcast.state,
        epoch=broadcast.epoch,
        t=broadcast.media_t,
        slide=broadcast.slide,
        clip=speaking.n if speaking else None,
    )


def why_leave(*, visit: Visit) -> str:
    """The code of the refusal with which a socket closes now; empty while all stands with which it was opened."""
    if visit.device and not Device.objects.filter(pk=visit.device, released_at=None).exists():
        return "device"
    return "" if may_still_listen(visit=visit) else "access"


def may_still_listen(*, visit: Visit) -> bool:
    """Whether the right a socket was opened with still stands."""
    person = User.objects.filter(pk=visit.person, is_active=True).first()
    broadcast = Broadcast.objects.select_related("lesson__course").filter(pk=visit.broadcast).first()
    if person is None or broadcast is None:
        return False
    if may_host(person, broadcast.lesson):
        return True
    if (
        visit.cohort
        and not Relay.objects.filter(broadcast=broadcast, cohort=visit.cohort, cohort__seats__person=person).exists()
    ):
        return False
    return lesson_access(person, broadcast.lesson).allowed


def banned() -> set[int]:
    """Everyone who may not come in at all."""
    return set(User.objects.filter(is_active=False).values_list("pk", flat=True))


def whose_right_ended_since(moment: datetime) -> set[int]:
    """People who lost a grant since then, or a device."""
    since = moment - CLOCKS_APART
    withdrawn = Grant.objects.filter(withdrawn_at__gte=since).values_list("person")
    released = Device.objects.filter(released_at__gte=since).values_list("person")
    return {person for (person,) in withdrawn.union(released)}

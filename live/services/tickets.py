"""A ticket opens one socket once, within a minute (promise S5)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from courses.access import lesson_access
from live.access import may_host, relayed, seat
from live.errors import BadTicket, NoAccess
from live.models import Broadcast, Ticket

LIFE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a redeemed ticket allows."""

    person: int
    broadcast: int
    lesson: int
    cohort: int | None
    hosts: bool
    until: datetime | None


def issue_ticket(*, person: User, broadcast: Broadcast, part: str, cohort_id: int | None = None) -> str:
    """A new ticket; raises `NoAccess` or `NotRelayedHere`."""
    host = may_host(person, broadcast.lesson)
    answer = lesson_access(person, broadcast.lesson)
    if not host and (part == Ticket.Part.SPEAK or not answer.allowed):
        raise NoAccess(answer.sentence if not answer.allowed else "")
    cohort = relayed(broadcast, cohort_id) if host else seat(person, broadcast, cohort_id)
    ticket = secrets.token_urlsafe(24)
    now = timezone.now()
    Ticket.objects.filter(expires_at__lt=now - timedelta(hours=1)).delete()
    Ticket.objects.create(
        digest=_digest(ticket),
        person=person,
        broadcast=broadcast,
        cohort=cohort,
        part=part,
        expires_at=now + LIFE,
        access_until=None if host else answer.until,
    )
    return ticket


def redeem(*, ticket: str, part: str) -> Visit:
    """Use a ticket up; raises `BadTicket` when it is unknown, used, late or for another door."""
    now = timezone.now()
    fresh = Ticket.objects.filter(digest=_digest(ticket), part=part, used_at=None, expires_at__gt=now)
    if fresh.update(used_at=now) != 1:
        raise BadTicket
    used = Ticket.objects.select_related("broadcast__lesson__course", "person").get(digest=_digest(ticket))
    return Visit(
        person=used.person_id,
        broadcast=used.broadcast_id,
        lesson=used.broadcast.lesson_id,
        cohort=used.cohort_id,
        hosts=may_host(used.person, used.broadcast.lesson),
        until=used.access_until,
    )


def void_tickets(*, person: User) -> None:
    """Unused tickets stop working when a right ends."""
    Ticket.objects.filter(person=person, used_at=None).delete()


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()

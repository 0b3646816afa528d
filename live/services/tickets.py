"""A ticket opens one socket once, within a minute (promise S5)."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.browsers import browser_of
from accounts.models import User
from cohorts.models import Seat
from courses.access import lesson_access
from live.access import may_host, relayed, seat
from live.errors import BadTicket, NoAccess
from live.models import Broadcast, Keeper, Relay, Ticket
from live.services.ledger import portions
from membership.models import Device
from membership.streams import Player, may_play, player_of

LIFE = timedelta(seconds=60)
LONG_AGO = timedelta(hours=1)
MOST_AT_ONCE = 400  # SQLite takes no more than 999 parameters in one statement


@dataclass(frozen=True, slots=True)
class Visit:
    """What a redeemed ticket allows, and `again`, the ticket to come back with. Of one person coming back time and
    again, each visit's `came_with` is the `again_id` of the one before.
    """

    person: int
    broadcast: int
    lesson: int
    cohort: int | None
    hosts: bool
    until: datetime | None
    device: int | None = None
    player: Player | None = None
    again: str = ""
    again_id: int = 0
    came_with: int = 0


def issue_ticket(*, person: User, broadcast: Broadcast, part: str, cohort_id: int | None = None) -> str:
    """A new ticket; raises `NoAccess` or `NotRelayedHere`."""
    host = may_host(person, broadcast.lesson)
    answer = lesson_access(person, broadcast.lesson)
    if not host and (part == Ticket.Part.SPEAK or not answer.allowed):
        raise NoAccess(answer.sentence if not answer.allowed else "")
    cohort = relayed(broadcast, cohort_id) if host else seat(person, broadcast, cohort_id)
    player = None if host else _begin(person, broadcast, part)
    ticket = secrets.token_urlsafe(24)
    Ticket.objects.create(
        digest=_digest(ticket),
        person=person,
        broadcast=broadcast,
        cohort=cohort,
        part=part,
        expires_at=timezone.now() + LIFE,
        access_until=None if host else answer.until,
        hosts=host,
        device=None if host else _device_of(person),
        player=player.key if player else "",
        streams=player.most if player else 0,
    )
    return ticket


def issue_tickets(
    *, person: User, broadcast: Broadcast, part: str = "listen", cohorts: Iterable[int | None] = (None,)
) -> list[str]:
    """A host's tickets into many cohorts at once; raises `NoAccess` for anybody else."""
    if not may_host(person, broadcast.lesson):
        raise NoAccess
    made = {secrets.token_urlsafe(24): cohort for cohort in cohorts}
    until = timezone.now() + LIFE
    Ticket.objects.bulk_create(
        Ticket(
            digest=_digest(ticket),
            person=person,
            broadcast=broadcast,
            cohort_id=cohort,
            part=part,
            expires_at=until,
            hosts=True,
        )
        for ticket, cohort in made.items()
    )
    return list(made)


def redeem(*, ticket: str, part: str) -> Visit:
    """Use a ticket up; raises `BadTicket` when it is unknown, used, late or for another door."""
    visit = redeem_all(asked=[(ticket, part)])[0]
    if visit is None:
        raise BadTicket
    return visit


@transaction.atomic
def redeem_all(*, asked: Sequence[tuple[str, str]], keeper: str = "") -> list[Visit | None]:
    """Use many (ticket, part) up in three statements; None stands for each that is unknown, used, late, for another
    door, of someone banned, or of a cohort the lesson is no longer relayed to. At most `MOST_AT_ONCE`.
    """
    digests = [_digest(ticket) for ticket, _ in asked]
    fresh = {row.digest: row for row in _usable().filter(digest__in=set(digests)).select_for_update(of=("self",))}
    Ticket.objects.filter(pk__in=[row.pk for row in fresh.values()]).update(used_at=timezone.now())
    visits: list[Visit | None] = []
    new: list[Ticket] = []
    for digest, (_, part) in zip(digests, asked, strict=True):
        row = fresh.get(digest)
        if row is None or row.part != part:
            visits.append(None)
            continue
        del fresh[digest]  # the same ticket twice in one batch opens one socket
        again = secrets.token_urlsafe(24)
        new.append(_next(row, again, keeper))
        visits.append(_visit(row, again))
    kept = iter(Ticket.objects.bulk_create(new))
    return [visit and _with_id(visit, next(kept).pk) for visit in visits]


def renew_tickets(*, keeper: str, closed: Iterable[int] = ()) -> None:
    """The way back of every open socket of this process stays good; of those that closed, for another minute."""
    closed = list(closed)
    now = timezone.now()
    for at in range(0, len(closed), MOST_AT_ONCE):
        Ticket.objects.filter(pk__in=closed[at : at + MOST_AT_ONCE]).update(keeper="", expires_at=now + LIFE)
    Keeper.objects.update_or_create(name=keeper, defaults={"seen_at": now})
    Keeper.objects.filter(seen_at__lt=now - LONG_AGO).delete()
    Ticket.objects.filter(expires_at__lt=now - LONG_AGO).exclude(keeper__in=Keeper.objects.values("name")).delete()


def void_tickets(*, person: User) -> None:
    """Unused tickets stop working when a right ends."""
    Ticket.objects.filter(person=person, used_at=None).delete()


def void_tickets_into(*, broadcast: Broadcast, cohorts: Collection[int]) -> None:
    """Members of these cohorts need new tickets, which may be refused; a way back is a ticket too."""
    unused = Ticket.objects.filter(broadcast=broadcast, hosts=False, used_at=None)
    for some in portions(cohorts):
        unused.filter(person__in=Seat.objects.filter(cohort__in=some).values("person")).delete()


def _usable() -> QuerySet[Ticket]:
    """Tickets that would open a door now."""
    relay = Relay.objects.filter(broadcast=OuterRef("broadcast"), cohort=OuterRef("cohort"))
    sits = Seat.objects.filter(cohort=OuterRef("cohort"), person=OuterRef("person"))
    now = timezone.now()
    alive = Keeper.objects.filter(name=OuterRef("keeper"), seen_at__gt=now - LIFE)
    return (
        Ticket.objects.filter(used_at=None, person__is_active=True)
        .filter(Q(expires_at__gt=now) | Exists(alive))
        .filter(Q(access_until=None) | Q(access_until__gt=now))
        .filter(Q(device=None) | Q(device__released_at=None))
        .filter(Q(hosts=True) | Q(cohort=None) | (Exists(relay) & Exists(sits)))
        .select_related("broadcast")
    )


def _begin(person: User, broadcast: Broadcast, part: str) -> Player | None:
    """Whoever asks for a live lesson's sound listens here from now on; a replay says by itself when it plays."""
    if part != Ticket.Part.LISTEN or broadcast.state == Broadcast.State.ENDED:
        return None
    may_play(person, begins=True)
    return player_of(person)


def _device_of(person: User) -> Device | None:
    """The one it was asked for on, where that is counted."""
    browser = browser_of(person)
    return browser.device if browser else None


def _next(row: Ticket, again: str, keeper: str) -> Ticket:
    return Ticket(
        digest=_digest(again),
        person_id=row.person_id,
        broadcast_id=row.broadcast_id,
        cohort_id=row.cohort_id,
        part=row.part,
        expires_at=timezone.now() + LIFE,
        access_until=row.access_until,
        hosts=row.hosts,
        device_id=row.device_id,
        player=row.player,
        streams=row.streams,
        keeper=keeper,
    )


def _visit(row: Ticket, again: str) -> Visit:
    return Visit(
        person=row.person_id,
        broadcast=row.broadcast_id,
        lesson=row.broadcast.lesson_id,
        cohort=row.cohort_id,
        hosts=row.hosts,
        until=row.access_until,
        device=row.device_id,
        player=Player(row.person_id, row.player, row.streams) if row.streams else None,
        again=again,
        came_with=row.pk,
    )


def _with_id(visit: Visit, pk: int) -> Visit:
    return replace(visit, again_id=pk)


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()

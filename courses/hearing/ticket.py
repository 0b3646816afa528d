"""The ticket that comes with a lesson's sound: who may listen to what, and since when. No listening is credited without it.

It can be read by the browser, which keeps what was heard under the person's number and counts time from `issued`; it cannot
be altered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from django.core.signing import BadSignature, Signer
from django.utils import timezone

from accounts.models import User
from courses.hearing.errors import NotATicket, NotYourTicket, TicketTooOld
from courses.models import Lesson
from media.gate import Person

VALID = timedelta(days=30)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Ticket:
    """`person` and `lesson` by number; `issued` by the server's clock, to the millisecond."""

    person: int
    lesson: int
    issued: datetime

    def __str__(self) -> str:
        return _signer().sign(f"{self.person}.{self.lesson}.{(self.issued - BEGINNING) // MS}")

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises `NotATicket`."""
        try:
            person, lesson, issued = map(int, _signer().unsign(text).split("."))
        except (BadSignature, ValueError) as error:
            raise NotATicket from error
        return cls(person, lesson, BEGINNING + issued * MS)


def issue(*, person: Person, lesson: Lesson) -> str:
    """For one who may open the lesson now: the caller has asked. Nothing for who has not signed in."""
    return str(Ticket(person.pk, lesson.pk, timezone.now())) if person.pk else ""


def check(text: str, *, person: User, lesson: int) -> Ticket:
    """The ticket, if it is this person's for the lesson of that number.

    Raises `NotATicket`, `NotYourTicket`, `TicketTooOld`.
    """
    ticket = Ticket.read(text)
    if ticket.lesson != lesson:
        raise NotATicket
    if ticket.person != person.pk:
        raise NotYourTicket
    if not timedelta() <= timezone.now() - ticket.issued <= VALID:
        raise TicketTooOld
    return ticket


def _signer() -> Signer:
    return Signer(salt="courses.hearing")

"""Which cohorts a lesson is relayed to, and what the host sends into all of them with one press."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models import Cohort
from live.access import relayable
from live.engine import hub
from live.errors import AlreadyEnded, BadInput
from live.models import Broadcast, Delivery, Event, Relay
from live.services.ledger import State, portions, queue
from live.services.notes import note
from live.services.tickets import void_tickets_into

LONGEST = 1000
EMPTY = _("还没有写字。")
TOO_LONG = _("写得太长了，最多 %s 个字。")
TOO_EARLY = _("自定的时间要在现在和开讲之后。")
SETTLED_AFTER = timedelta(seconds=12)


def relay_to(*, broadcast: Broadcast, cohorts: QuerySet[Cohort], by: User) -> Broadcast:
    """Relay the lesson to exactly these of the cohorts `by` may relay to; pressing again changes nothing.

    Those left out stop hearing it. What others relayed it to, beyond the reach of `by`, stays as it is.
    """
    return _relay(broadcast, cohorts, by, lambda named, there: named)


def relay_also(*, broadcast: Broadcast, cohorts: QuerySet[Cohort], by: User) -> Broadcast:
    """Relay it to these as well, as far as `by` reaches."""
    return _relay(broadcast, cohorts, by, lambda named, there: named | there)


def relay_no_more(*, broadcast: Broadcast, cohorts: QuerySet[Cohort], by: User) -> Broadcast:
    """These stop hearing it, as far as `by` reaches."""
    return _relay(broadcast, cohorts, by, lambda named, there: there - named)


@transaction.atomic
def _relay(
    broadcast: Broadcast, cohorts: QuerySet[Cohort], by: User, chosen: Callable[[set[int], set[int]], set[int]]
) -> Broadcast:
    """`chosen`: of the cohorts named and those it is relayed to, both within reach, the ones that are to hear it.

    Sets of numbers are compared here, each read by one plain query: a database that has not counted ten thousand new rows yet may
    compare them in a hundred million steps.
    """
    broadcast = locked(broadcast)
    within, there = numbers(relayable(by)), set(broadcast.relays.values_list("cohort", flat=True))
    wanted = chosen(numbers(cohorts) & within, there & within)
    gone = (there & within) - wanted
    for some in portions(gone):
        broadcast.relays.filter(cohort__in=some).delete()
    add_relays(broadcast, wanted - there)
    start = broadcast.events.filter(kind=Event.Kind.START).first()
    if start:
        queue(start)  # those that join a lesson that has begun
        settle_later(start)
    if gone:
        transaction.on_commit(lambda: hub.control(broadcast.pk, {"kind": "recheck"}))
    return broadcast


@transaction.atomic
def set_hour(*, broadcast: Broadcast, cohorts: QuerySet[Cohort], by: User, starts_at: datetime | None) -> int:
    """These of the relayed cohorts hear a recording at their own hour, or (None) the lesson as it happens."""
    broadcast = locked(broadcast)
    begins = max(filter(None, [timezone.now(), broadcast.lesson.starts_at]))
    if starts_at and starts_at <= begins:
        raise BadInput(str(TOO_EARLY))
    named = numbers(cohorts) & numbers(relayable(by))
    changed = sum(broadcast.relays.filter(cohort__in=some).update(starts_at=starts_at) for some in portions(named))
    if changed:
        void_tickets_into(broadcast=broadcast, cohorts=named)
        transaction.on_commit(lambda: hub.control(broadcast.pk, {"kind": "recheck"}))
    return changed


def numbers(cohorts: QuerySet[Cohort]) -> set[int]:
    return set(cohorts.order_by().values_list("pk", flat=True))


def post(*, broadcast: Broadcast, by: User, text: str, press: str = "") -> Event:
    """The host writes to every cohort: one row in the lesson log, one bus message, one ledger row a cohort.

    Everyone is told before ten thousand rows are written; should that be cut short, `settle` writes them. `press` names
    the pressing of the button: the same one again answers what it made the first time.
    """
    event, new = _note_post(broadcast, by, _checked(text), press)
    if new:
        hub.between_rounds()
        queue(event)
    return event


@transaction.atomic
def _note_post(broadcast: Broadcast, by: User, text: str, press: str) -> tuple[Event, bool]:
    broadcast = still_going_on(broadcast)
    made = broadcast.events.filter(kind=Event.Kind.POST, payload__press=press).first() if press else None
    if made:
        return made, False
    event = note(broadcast=broadcast, kind=Event.Kind.POST, text=text, name=by.display_name, seal=by.seal, press=press)
    settle_later(event)
    return event, True


@transaction.atomic
def retry_failed(*, broadcast: Broadcast, event: Event) -> list[int]:
    """Send an entry again to the cohorts it did not reach, and to no others; answers which."""
    broadcast = locked(broadcast)
    failed = broadcast.deliveries.filter(event=event, group=None, cohort__closed_at=None).failed()
    cohorts = [pk for pk in failed.values_list("cohort", flat=True) if pk]
    again = {"state": State.QUEUED, "reason": "", "failed_at": None, "queued_at": timezone.now()}
    for some in portions(cohorts):
        Delivery.objects.filter(event=event).failed().into(some).update(**again, attempts=F("attempts") + 1)
    if cohorts:
        transaction.on_commit(
            lambda: hub.control(broadcast.pk, {"kind": "again", "event": event.pk, "cohorts": cohorts})
        )
        settle_later(event)
    return cohorts


def settle_later(event: Event) -> None:
    """Where no process listens for this lesson, nobody is online to be told: the worker puts that down."""
    from live.tasks import settle  # the task calls this package's verbs

    after = timezone.now() + SETTLED_AFTER
    transaction.on_commit(lambda: settle.using(run_after=after).enqueue(event.pk))


def add_relays(broadcast: Broadcast, cohorts: Iterable[int]) -> None:
    """Relay to these cohorts as well, in one stroke however many they are."""
    relays = [Relay(broadcast=broadcast, cohort_id=number) for number in sorted(cohorts)]
    Relay.objects.bulk_create(relays, ignore_conflicts=True)


def locked(broadcast: Broadcast) -> Broadcast:
    return Broadcast.objects.select_for_update().get(pk=broadcast.pk)


def still_going_on(broadcast: Broadcast) -> Broadcast:
    """The same; raises `AlreadyEnded`."""
    broadcast = locked(broadcast)
    if broadcast.state == Broadcast.State.ENDED:
        raise AlreadyEnded
    return broadcast


def _checked(text: str) -> str:
    text = "\n".join(" ".join(line.split()) for line in str(text).strip().splitlines())
    if not text:
        raise BadInput(str(EMPTY))
    if len(text) > LONGEST:
        raise BadInput(str(TOO_LONG) % LONGEST)
    return text

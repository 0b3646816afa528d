"""The relay ledger: what is on its way into which cohort, what arrived, what has to go again."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import connection, models
from django.db.models import Case, Count, Exists, OuterRef, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from live.engine.hub import between_rounds
from live.models import Delivery, Event, Relay
from live.models.delivery import DeliveryQuerySet

State, Reason = Delivery.State, Delivery.Reason
MOST_NAMED = 2000  # cohorts in one statement: it fits between two rounds of the sound


@dataclass(frozen=True, slots=True)
class News:
    """What a process has to say about an entry of a lesson's log (None: its start) in some cohorts."""

    what: Literal["delivered", "heard", "offline", "unreported"]
    broadcast: int
    event: int | None
    cohorts: Collection[int]
    at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """One entry of the log in the ledger; half of the cohorts that were online had it in `p50` ms, nearly all in `p95`."""

    queued: int
    delivered: int
    offline: int
    heard: int
    failed: int
    p50: int | None
    p95: int | None

    @property
    def total(self) -> int:
        return self.queued + self.delivered + self.offline + self.heard + self.failed

    @property
    def came(self) -> int:
        return self.total - self.queued - self.failed

    def share(self, state: str) -> int:
        """How many rows are in a state; those that nobody was online for are delivered too."""
        return int(getattr(self, state)) + (self.offline if state == State.DELIVERED else 0)


def queue(event: Event) -> None:
    """One row for every cohort that hears the lesson live, those that have one already left alone."""
    now = timezone.now()
    relays = Relay.objects.filter(broadcast=event.broadcast_id, starts_at=None)
    closed = {"cohort__closed_at__isnull": False}
    rows = relays.values_list(
        "broadcast_id",
        Value(event.pk, models.BigIntegerField()),
        "cohort_id",
        Case(When(**closed, then=Value(State.FAILED.value)), default=Value(State.QUEUED.value)),
        Case(When(**closed, then=Value(Reason.CLOSED.value)), default=Value("")),
        Value(""),
        Value(1),
        Value(now, models.DateTimeField()),
        Case(When(**closed, then=Value(now, models.DateTimeField())), default=None),
    )
    columns = [
        "broadcast_id",
        "event_id",
        "cohort_id",
        "state",
        "reason",
        "detail",
        "attempts",
        "queued_at",
        "failed_at",
    ]
    _insert_from(rows, Delivery, columns)


def put_down(news: Iterable[News]) -> list[News]:
    """Write news into the ledger; answers those about an entry whose rows do not stand yet."""
    early = []
    for one in news:
        event = _entry(one)
        if event is None:
            early.append(one)
        elif one.what == "delivered":
            report_delivered(event_id=event, cohorts=one.cohorts, at=one.at)
        elif one.what == "heard":
            if one.event is None:
                mark_heard(broadcast_id=one.broadcast, cohorts=one.cohorts, at=one.at)
            report_heard(event_id=event, cohorts=one.cohorts, at=one.at)
        elif one.what == "offline":
            settle_offline(event_id=event, online=one.cohorts)
        else:
            settle_unreported(event_id=event, online=one.cohorts)
    return early


def report_delivered(*, event_id: int, cohorts: Collection[int], at: datetime) -> int:
    """A process handed the entry to every listener it holds of these cohorts."""
    rows = Delivery.objects.filter(event=event_id).unanswered()
    return sum(rows.into(some).arrived(at) for some in _unhurried(cohorts))


def report_heard(*, event_id: int, cohorts: Collection[int], at: datetime) -> int:
    """Someone in each of these cohorts heard the entry for the first time."""
    rows = Delivery.objects.filter(event=event_id).exclude(state=State.HEARD)
    news = {"state": State.HEARD, "reason": "", "failed_at": None, "heard_at": at}
    return sum(
        rows.into(some).update(**news, delivered_at=Coalesce("delivered_at", Value(at, models.DateTimeField())))
        for some in _unhurried(cohorts)
    )


def mark_heard(*, broadcast_id: int, cohorts: Collection[int], at: datetime) -> None:
    """The first sound was played in these cohorts."""
    relays = Relay.objects.filter(broadcast=broadcast_id, first_heard_at=None)
    for some in _unhurried(cohorts):
        relays.filter(cohort_id__among=some).update(first_heard_at=at)


def settle_offline(*, event_id: int, online: Collection[int]) -> int:
    """Cohorts in which nobody is online have the entry in their log: delivered, and said how."""
    waiting = Delivery.objects.filter(event=event_id, group=None).queued()
    absent = set(waiting.values_list("cohort", flat=True)) - set(online)
    news = {"state": State.DELIVERED, "reason": Reason.OFFLINE, "delivered_at": timezone.now()}
    return sum(waiting.into(some).update(**news) for some in _unhurried(absent))


def settle_unreported(*, event_id: int, online: Collection[int]) -> int:
    """Someone is online there, and yet no process said that it wrote to them."""
    waiting = Delivery.objects.filter(event=event_id).queued()
    news = {"state": State.FAILED, "reason": Reason.UNREPORTED, "failed_at": timezone.now()}
    return sum(waiting.into(some).update(**news) for some in _unhurried(online))


def summary(event: Event) -> Summary:
    """How far an entry has come."""
    rows = Delivery.objects.filter(event=event)
    counts: Counter[str] = Counter()
    for state, reason, n in rows.order_by().values_list("state", "reason").annotate(n=Count("pk")):
        is_offline = state == State.DELIVERED and reason == Reason.OFFLINE
        counts["offline" if is_offline else state] += n
    return Summary(
        queued=counts["queued"],
        delivered=counts["delivered"],
        offline=counts["offline"],
        heard=counts["heard"],
        failed=counts["failed"],
        p50=_percentile(rows, 50),
        p95=_percentile(rows, 95),
    )


def _entry(news: News) -> int | None:
    has_rows = Exists(Delivery.objects.filter(event=OuterRef("pk")))
    events = Event.objects.filter(has_rows, broadcast=news.broadcast)
    events = events.filter(kind=Event.Kind.START) if news.event is None else events.filter(pk=news.event)
    return events.values_list("pk", flat=True).first()


def _percentile(rows: DeliveryQuerySet, percent: int) -> int | None:
    timed = rows.exclude(took_ms=None).order_by("took_ms").values_list("took_ms", flat=True)
    count = timed.count()
    return timed[min(count * percent // 100, count - 1)] if count else None


def portions(cohorts: Collection[int]) -> Iterator[list[int]]:
    numbers = list(cohorts)
    return (numbers[start : start + MOST_NAMED] for start in range(0, len(numbers), MOST_NAMED))


def _unhurried(cohorts: Collection[int]) -> Iterator[list[int]]:
    """The same for a process that holds listeners, who come first."""
    for some in portions(cohorts):
        between_rounds()
        yield some


def _insert_from(
    rows: "models.QuerySet[Relay, tuple[object, ...]]", model: type[models.Model], columns: list[str]
) -> None:
    """INSERT … SELECT: ten thousand rows without one of them passing through Python. Rows that stand already, stay."""
    query, values = rows.query.sql_with_params()
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) {query} ON CONFLICT DO NOTHING", values)

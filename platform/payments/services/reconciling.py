"""Hold a provider's bill of one day against our books, line by line."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from accounts.models import Role, User
from notify.services import tell
from payments import providers
from payments.errors import BillNotReady, PaymentRefused, ProviderUnreachable
from payments.models import Difference, Payment, Reconciliation, Refund
from payments.providers.base import BillLine, Kind
from payments.services.paying import refresh

LOOK_BACK_DAYS = 7
Key = tuple[str, str]
"""("paid" or "refunded", our reference)."""
Bills = Callable[[date], list[BillLine]]
"""One provider's bill of a day; each is fetched once in a run."""


@dataclass
class Ours:
    """One movement in our books."""

    row: Payment | Refund
    amount: int
    currency: str
    is_booked: bool
    payment: Payment = field(repr=False)


def reconcile(*, provider: str, day: date) -> Reconciliation:
    """Every line on which the bill of `day` (the provider's own calendar) and our books disagree becomes a `Difference`.

    What the provider has done and we have not heard of is asked about and booked, and still reported. Again: what was
    settled stays settled, the rest is looked at anew. Raises `ProviderUnreachable`; a bill that is not made yet leaves
    the day waiting.
    """
    return _reconcile(provider, day, _bills_of(provider))


def reconcile_lately() -> list[Reconciliation]:
    """Every provider's last days that are not even yet; a provider that does not answer waits for the next hour."""
    done = []
    for name in settings.PAYMENTS:
        today = timezone.now().astimezone(ZoneInfo(providers.provider(name).zone)).date()
        days = [today - timedelta(days=back) for back in range(LOOK_BACK_DAYS, 0, -1)]
        even = set(
            Reconciliation.objects.filter(provider=name, day__in=days, state="even").values_list("day", flat=True)
        )
        try:
            bills = _bills_of(name)
            done += [_reconcile(name, day, bills) for day in days if day not in even]
        except ProviderUnreachable:
            continue
    return done


def settle(*, difference: Difference, note: str, by: User) -> Difference:
    """Someone has looked at it and says what became of it."""
    difference.note, difference.settled_by, difference.settled_at = note[:200], by, timezone.now()
    difference.save(update_fields=["note", "settled_by", "settled_at"])
    _judge(difference.reconciliation)
    return difference


def _bills_of(provider: str) -> Bills:
    till = providers.provider(provider)
    return cache(lambda day: till.bill(day=day))


def _reconcile(provider: str, day: date, bills: Bills) -> Reconciliation:
    held, _is_new = Reconciliation.objects.get_or_create(provider=provider, day=day)
    try:
        lines = bills(day)
        found = list(_differences(provider, lines, _day(providers.provider(provider).zone, day), bills))
    except BillNotReady:
        return held
    return _keep(held, lines, found)


def _day(zone: str, day: date) -> tuple[datetime, datetime]:
    begins = datetime.combine(day, time.min, ZoneInfo(zone))
    return begins, datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone))


def _differences(
    provider: str, lines: list[BillLine], span: tuple[datetime, datetime], bills: Bills
) -> Iterator[Difference]:
    theirs: dict[Key, list[BillLine]] = defaultdict(list)
    for line in lines:
        theirs[_key(line)].append(line)
    ours = _ours(provider, theirs)
    for key, same in theirs.items():
        yield from _compare(key, same, ours.get(key))
    for key, one in _moved(provider, span).items():
        if key not in theirs and not _was_billed_before(key, one, span, bills):
            yield _difference(Difference.Kind.NOT_THEIRS, key, ours=one.amount)


def _was_billed_before(key: Key, one: Ours, span: tuple[datetime, datetime], bills: Bills) -> bool:
    """A refund asked for before midnight and done after it stands, with some, on the bill of the day it was asked for."""
    begins = span[0]
    asked_at = one.row.created_at
    if key[0] != "refunded" or asked_at >= begins:
        return False
    day = asked_at.astimezone(begins.tzinfo).date()
    return any(_key(line) == key for line in bills(day))


def _compare(key: Key, same: list[BillLine], one: Ours | None) -> Iterator[Difference]:
    line = same[0]
    if len(same) > 1:
        yield _difference(
            Difference.Kind.TWICE, key, ours=one.amount if one else None, theirs=sum(each.amount for each in same)
        )
    if one is None:
        yield _difference(Difference.Kind.NOT_OURS, key, theirs=line.amount)
    elif line.currency != one.currency:
        yield _difference(Difference.Kind.CURRENCY, key, ours=one.amount, theirs=line.amount)
    elif line.amount != one.amount:
        yield _difference(Difference.Kind.AMOUNT, key, ours=one.amount, theirs=line.amount)
    elif not one.is_booked:
        yield _untold(key, one)


def _untold(key: Key, one: Ours) -> Difference:
    found = _difference(Difference.Kind.UNTOLD, key, ours=one.amount, theirs=one.amount)
    try:
        refresh(order=one.payment.order)
    except PaymentRefused:
        return found
    one.row.refresh_from_db()
    if _is_booked(one.row):
        found.note, found.settled_at = "asked", timezone.now()
    return found


def _ours(provider: str, theirs: dict[Key, list[BillLine]]) -> dict[Key, Ours]:
    """Our rows for the lines of the bill, whenever they happened."""
    asked = {what: [ref for each, ref in theirs if each == what] for what in ("paid", "refunded")}
    paid = Payment.objects.filter(provider=provider, reference__in=asked["paid"]).select_related("order")
    refunds = Refund.objects.filter(payment__provider=provider, reference__in=asked["refunded"])
    return _keyed(paid, refunds.select_related("payment__order"))


def _moved(provider: str, span: tuple[datetime, datetime]) -> dict[Key, Ours]:
    """What our books say moved within `span`."""
    begins, ends = span
    paid = Payment.objects.with_money().filter(provider=provider, paid_at__gte=begins, paid_at__lt=ends)
    refunds = Refund.objects.done().filter(payment__provider=provider, done_at__gte=begins, done_at__lt=ends)
    return _keyed(paid.select_related("order"), refunds.select_related("payment__order"))


def _keyed(paid: models.QuerySet[Payment], refunds: models.QuerySet[Refund]) -> dict[Key, Ours]:
    rows = {("paid", one.reference): Ours(one, one.amount, one.currency, _is_booked(one), one) for one in paid}
    return rows | {
        ("refunded", one.reference): Ours(one, one.amount, one.payment.currency, _is_booked(one), one.payment)
        for one in refunds
    }


def _is_booked(row: Payment | Refund) -> bool:
    return row.has_money if isinstance(row, Payment) else row.state == Refund.State.SUCCEEDED


def _key(line: BillLine) -> Key:
    return ("paid", line.reference) if line.kind is Kind.PAID else ("refunded", line.refund_reference)


def _difference(kind: str, key: Key, *, ours: int | None = None, theirs: int | None = None) -> Difference:
    return Difference(kind=kind, what=key[0], reference=key[1], ours=ours, theirs=theirs)


@transaction.atomic
def _keep(held: Reconciliation, lines: list[BillLine], found: list[Difference]) -> Reconciliation:
    held = Reconciliation.objects.select_for_update().get(pk=held.pk)
    held.lines = len(lines)
    held.received = sum(line.amount for line in lines if line.kind is Kind.PAID)
    held.returned = sum(line.amount for line in lines if line.kind is not Kind.PAID)
    held.fees, held.checked_at = sum(line.fee for line in lines), timezone.now()
    held.save()
    held.differences.filter(settled_at=None).delete()
    for each in found:
        each.reconciliation = held
    Difference.objects.bulk_create(found, ignore_conflicts=True)
    _judge(held)
    return held


def _judge(held: Reconciliation) -> None:
    is_even = not held.differences.filter(settled_at=None).exists()
    held.state = Reconciliation.State.EVEN if is_even else Reconciliation.State.DIFFERENT
    held.save(update_fields=["state"])
    if not is_even:
        _tell_owners(held)


def _tell_owners(held: Reconciliation) -> None:
    for owner in User.objects.filter(role=Role.OWNER, is_active=True):
        tell(
            person=owner,
            key=f"differences:{held.pk}:{owner.pk}",
            template="payments/mail/differences.txt",
            url="/admin/reconciliations/",
            held=held,
            count=held.differences.filter(settled_at=None).count(),
        )

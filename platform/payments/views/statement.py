"""The books of one month: what each account received and gave, and every entry as CSV."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from payments.models import Entry
from web.sheets import sheet

may_read = permission_required("payments.view_entry", raise_exception=True)
COLUMNS = ("at", "transaction", "order", "title", "account", "amount", "currency")


@may_read
@require_GET
def statement(request: HttpRequest) -> HttpResponse:
    """GET `month` (2026-11); the current one without."""
    begins, ends = _month(request)
    rows = Entry.objects.within(begins, ends).by_account()
    return render(request, "payments/admin/statement.html", {"month": begins, "rows": rows})


@may_read
@require_GET
def entries(request: HttpRequest) -> HttpResponseBase:
    begins, ends = _month(request)
    return sheet(request, name=f"ledger-{begins:%Y-%m}", lines=_lines(begins, ends))


def _lines(begins: datetime, ends: datetime) -> Iterator[Sequence[Any]]:
    yield COLUMNS
    found = Entry.objects.within(begins, ends).select_related("transaction__order").order_by("pk")
    for entry in found.iterator(2000):
        booked = entry.transaction
        order = booked.order
        at = timezone.localtime(booked.at).isoformat(timespec="seconds")
        yield at, booked.key, order.number, order.title, entry.account, entry.amount, entry.currency


def _month(request: HttpRequest) -> tuple[datetime, datetime]:
    asked = request.GET.get("month", "")
    try:
        first = datetime.strptime(asked, "%Y-%m")
    except ValueError:
        first = timezone.localtime().replace(tzinfo=None, day=1)
    begins = timezone.make_aware(first.replace(hour=0, minute=0, second=0, microsecond=0))
    return begins, timezone.make_aware(datetime(first.year + first.month // 12, first.month % 12 + 1, 1))

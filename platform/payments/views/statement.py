"""The books of one month: what each account received and gave, and every entry as CSV."""

import csv
from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from payments.models import Entry

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
def entries(request: HttpRequest) -> StreamingHttpResponse:
    begins, ends = _month(request)
    name = f'attachment; filename="ledger-{begins:%Y-%m}.csv"'
    return StreamingHttpResponse(
        _lines(begins, ends), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )


def _lines(begins: datetime, ends: datetime) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)  # spreadsheets take it for UTF-8 by this mark only
    found = Entry.objects.within(begins, ends).select_related("transaction__order").order_by("pk")
    for entry in found.iterator(2000):
        booked = entry.transaction
        order = booked.order
        at = timezone.localtime(booked.at).isoformat(timespec="seconds")
        title = f"'{order.title}" if order.title[:1] in "=+-@" else order.title  # a spreadsheet would compute it
        yield writer.writerow([at, booked.key, order.number, title, entry.account, entry.amount, entry.currency])


class Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _month(request: HttpRequest) -> tuple[datetime, datetime]:
    asked = request.GET.get("month", "")
    try:
        first = datetime.strptime(asked, "%Y-%m")
    except ValueError:
        first = timezone.localtime().replace(tzinfo=None, day=1)
    begins = timezone.make_aware(first.replace(hour=0, minute=0, second=0, microsecond=0))
    return begins, timezone.make_aware(datetime(first.year + first.month // 12, first.month % 12 + 1, 1))

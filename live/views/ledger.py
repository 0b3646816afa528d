"""The relay ledger as the host sees it, and the one line to every cohort."""

import csv
from collections.abc import Iterator
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import login_required
from live.errors import Refused
from live.models import Broadcast, Delivery, Event
from live.services.field import field
from live.services.ledger import summary
from live.services.outside import retry_outside
from live.services.relaying import post as post_to_all
from live.services.relaying import retry_failed
from live.views.find import hosted_lesson
from web.sheets import BOM, harmless

A_PAGE = 60
ENTRIES = 30


class Entry(NamedTuple):
    """One line of the list: what was sent, to how many, and how far it came."""

    event: Event
    total: int
    came: int
    failed: int


@never_cache
@login_required
@require_safe
def ledger(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Every entry that went out, and one of them cohort by cohort."""
    lesson, broadcast = hosted_lesson(request.user, lesson_id)
    entries = _entries(broadcast)
    event = _wanted(request, entries)
    context = {
        "lesson": lesson,
        "broadcast": broadcast,
        "here": "ledger",
        "entries": entries,
        "event": event,
        "press": uuid4().hex,
        "relayed": broadcast.relays.filter(starts_at=None).count(),
        "own_hours": broadcast.relays.exclude(starts_at=None).count(),
    }
    return render(request, "live/relay_ledger.html", context | (_of(request, event) if event else {}))


@login_required
@require_safe
def ledger_csv(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The whole ledger as a table, a row for each entry and cohort."""
    lesson, broadcast = hosted_lesson(request.user, lesson_id)
    rows = broadcast.deliveries.select_related("event", "cohort", "group").order_by("event", "pk")
    wanted = request.GET.get("event", "")
    rows = rows.filter(event=int(wanted)) if wanted.isdecimal() else rows
    response = HttpResponse(BOM, content_type="text/csv; charset=utf-8")
    csv.writer(response).writerows(map(harmless, line) for line in _lines(rows.iterator()))
    response["Content-Disposition"] = f'attachment; filename="relay-{lesson.pk}.csv"'
    return response


@login_required
@require_POST
def post(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Say it to every cohort."""
    __, broadcast = hosted_lesson(request.user, lesson_id)
    by, page = cast(User, request.user), reverse("live:ledger", args=[lesson_id])
    said = {name: request.POST.get(name, "").replace("\0", "") for name in ("text", "press")}
    try:
        event = post_to_all(broadcast=broadcast, by=by, text=said["text"], press=said["press"][:32])
    except Refused as refusal:
        messages.error(request, str(refusal.sentence))
        return redirect(page)
    return redirect(f"{page}?event={event.pk}")


@login_required
@require_POST
def retry(request: HttpRequest, lesson_id: int, event_id: int) -> HttpResponse:
    """Send an entry again where it failed."""
    __, broadcast = hosted_lesson(request.user, lesson_id)
    event = get_object_or_404(broadcast.events, pk=event_id)
    if event.kind == Event.Kind.OUTSIDE:
        count = retry_outside(event=event)
    else:
        count = len(retry_failed(broadcast=broadcast, event=event))
    said = ngettext("再发一次：%(n)s 群。", "再发一次：%(n)s 群。", count) % {"n": f"{count:,}"}
    messages.success(request, said if count else _("没有需要重试的。"))
    return redirect(f"{reverse('live:ledger', args=[lesson_id])}?event={event.pk}")


def _entries(broadcast: Broadcast) -> list[Entry]:
    """What has rows in the ledger, the newest first."""
    kept = [Event.Kind.START, Event.Kind.POST, Event.Kind.OUTSIDE]
    newest = broadcast.events.filter(kind__in=kept).order_by("-pk")[:ENTRIES]
    counts = Delivery.objects.filter(event__in=[event.pk for event in newest]).order_by().values("event")
    came = Q(state__in=[Delivery.State.DELIVERED, Delivery.State.HEARD])
    failed = Q(state=Delivery.State.FAILED)
    counted = {
        one["event"]: (one["total"], one["came"], one["failed"])
        for one in counts.annotate(total=Count("pk"), came=Count("pk", filter=came), failed=Count("pk", filter=failed))
    }
    return [Entry(event, *counted[event.pk]) for event in newest if event.pk in counted]


def _wanted(request: HttpRequest, entries: list[Entry]) -> Event | None:
    wanted = request.GET.get("event", "")
    newest = entries[0].event if entries else None
    return next((entry.event for entry in entries if str(entry.event.pk) == wanted), newest)


def _of(request: HttpRequest, event: Event) -> dict[str, Any]:
    rows = event.deliveries.select_related("cohort", "group").order_by("pk")
    state = request.GET.get("state", "")
    chosen = rows.filter(state=state) if state in Delivery.State.values else rows
    told = summary(event)
    return {
        "told": told,
        "field": field(_dots(event)),
        "state": state,
        "page": Paginator(chosen, A_PAGE).get_page(request.GET.get("page")),
        "query": urlencode({"event": event.pk, "state": state}),
        "shares": [
            {"state": name, "label": label, "count": told.share(name)} for name, label in Delivery.State.choices
        ],
        "is_moving": told.queued > 0 or event.broadcast.state == Broadcast.State.LIVE,
    }


def _dots(event: Event) -> Iterator[str]:
    for state, reason in event.deliveries.order_by("pk").values_list("state", "reason"):
        yield "offline" if reason == Delivery.Reason.OFFLINE else state


def _lines(rows: Any) -> Iterator[list[Any]]:
    yield [
        _("发出的"),
        _("群"),
        _("状态"),
        _("原因"),
        _("次数"),
        _("排队"),
        _("送达"),
        _("听到"),
        _("没送到"),
        _("毫秒"),
    ]
    for row in rows:
        times = [row.queued_at, row.delivered_at, row.heard_at, row.failed_at]
        reason = " ".join(filter(None, [row.get_reason_display() if row.reason else "", row.detail]))
        what = row.event.payload.get("text") or row.event.get_kind_display()
        yield [
            what, row.cohort or row.group, row.get_state_display(), reason, row.attempts, *map(_moment, times), row.took_ms,
        ]  # fmt: skip


def _moment(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] if moment else ""

"""Where the host chooses the cohorts of a lesson."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import login_required
from cohorts.models import Cohort, Segment
from cohorts.models.cohort import CohortQuerySet
from cohorts.services import save_segment
from live.errors import BadInput, Refused
from live.forms import ChooseForm, HourForm
from live.models import Broadcast, Relay
from live.services.relaying import relay_also, relay_no_more, relay_to, set_hour
from live.views.actions import relay as relay_by_script
from live.views.find import hosted_lesson

A_PAGE = 60


@dataclass(frozen=True)
class Press:
    """One of the page's buttons: who pressed it, with which cohorts chosen."""

    broadcast: Broadcast
    by: User
    form: ChooseForm
    cohorts: QuerySet[Cohort]
    request: HttpRequest


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def relay(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The page, and what its buttons do; a script says it in JSON."""
    if request.method == "POST" and request.content_type == "application/json":
        return relay_by_script(request, lesson_id)
    return _choose(request, lesson_id)


@login_required
def _choose(request: HttpRequest, lesson_id: int) -> HttpResponse:
    lesson, broadcast = hosted_lesson(request.user, lesson_id)
    by = cast(User, request.user)
    if request.method == "POST":
        return _pressed(request, broadcast, by)
    form = ChooseForm(request.GET, by=by)
    found = form.cohorts()
    context = {
        "lesson": lesson,
        "broadcast": broadcast,
        "here": "choose",
        "form": form,
        "page": Paginator(_with_relays(found, broadcast), A_PAGE).get_page(request.GET.get("page")),
        "relayed": broadcast.relays.count(),
        "already": broadcast.relays.filter(cohort__in=found.order_by().values("pk")).count(),
        "hour": HourForm(),
    }
    return render(request, "live/relay.html", context)


def _with_relays(cohorts: CohortQuerySet, broadcast: Broadcast) -> QuerySet[Cohort]:
    """Each with whether it is relayed to, and its own hour."""
    relay = Relay.objects.filter(broadcast=broadcast, cohort=OuterRef("pk"))
    told = {"relay": Subquery(relay.values("pk")[:1]), "own_hour": Subquery(relay.values("starts_at")[:1])}
    return cohorts.annotate(**told).prefetch_related("tags")


def _pressed(request: HttpRequest, broadcast: Broadcast, by: User) -> HttpResponse:
    form = ChooseForm(request.POST, by=by)
    one = request.POST.get("one", "")
    cohorts = Cohort.objects.filter(pk=int(one)) if one.isdecimal() else form.cohorts()
    button = BUTTONS.get(request.POST.get("how", ""))
    try:
        if button is None or not form.is_valid():
            raise BadInput
        messages.success(request, button(Press(broadcast, by, form, cohorts, request)))
    except Refused as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect(f"{request.path}?{form.query}")


def _only(press: Press) -> str:
    return _relay(press, relay_to)


def _add(press: Press) -> str:
    return _relay(press, relay_also)


def _drop(press: Press) -> str:
    return _relay(press, relay_no_more)


def _relay(press: Press, verb: Callable[..., Broadcast]) -> str:
    verb(broadcast=press.broadcast, cohorts=press.cohorts, by=press.by)
    count = press.broadcast.relays.count()
    return ngettext("现在转播到 %(n)s 群。", "现在转播到 %(n)s 群。", count) % {"n": f"{count:,}"}


def _hour(press: Press) -> str:
    form = HourForm(press.request.POST)
    if not form.is_valid():
        raise BadInput(_("写明日期和时间，例如 2026-12-01 20:00。"))
    count = set_hour(
        broadcast=press.broadcast, cohorts=press.cohorts, by=press.by, starts_at=form.cleaned_data["starts_at"]
    )
    return ngettext("%(n)s 群改为到点放录音。", "%(n)s 群改为到点放录音。", count) % {"n": f"{count:,}"}


def _live(press: Press) -> str:
    count = set_hour(broadcast=press.broadcast, cohorts=press.cohorts, by=press.by, starts_at=None)
    return ngettext("%(n)s 群改回听直播。", "%(n)s 群改回听直播。", count) % {"n": f"{count:,}"}


def _save(press: Press) -> str:
    """The rule when it is tags and courses; else the cohorts it finds now, by name."""
    name, chosen = " ".join(press.request.POST.get("name", "").split()), press.form.cleaned_data
    if not name or len(name) > 40:
        raise BadInput(_("给分组起个名字，最多 40 个字。"))
    if Segment.objects.filter(name=name).exists():
        raise BadInput(_("已经有叫「%s」的分组。换一个名字。") % name)
    if press.form.is_empty:
        raise BadInput(_("先选标签、课程或写群名，再存成分组。"))
    if chosen["q"] or chosen["segment"]:
        save_segment(name=name, cohorts=press.cohorts)
    else:
        save_segment(name=name, tags=chosen["tag"], courses=chosen["course"])
    return _("分组「%s」存好了，下次直接选它。") % name


BUTTONS: dict[str, Callable[[Press], str]] = {
    "only": _only,
    "add": _add,
    "drop": _drop,
    "hour": _hour,
    "live": _live,
    "save": _save,
}

"""The host's page of groups on other platforms."""

from typing import cast
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import login_required
from live.access import may_relay_anywhere, relayable
from live.errors import BadInput, Refused
from live.forms import GroupForm
from live.models import Broadcast
from live.services.outside import add_group, groups_of, tell_outside
from live.views.find import hosted_lesson


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def outside(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The groups one may speak to, and what may be told them about this lesson."""
    lesson, broadcast = hosted_lesson(request.user, lesson_id)
    by = cast(User, request.user)
    if request.method == "POST":
        return _pressed(request, broadcast, by)
    groups = list(groups_of(by).select_related("cohort"))
    context = {
        "lesson": lesson,
        "broadcast": broadcast,
        "here": "outside",
        "groups": groups,
        "enabled": sum(group.is_enabled for group in groups),
        "press": uuid4().hex,
        "clips": broadcast.clips.count(),
        "form": GroupForm(),
        "for_school": may_relay_anywhere(by),
    }
    return render(request, "live/relay_outside.html", context)


def _pressed(request: HttpRequest, broadcast: Broadcast, by: User) -> HttpResponse:
    try:
        match request.POST.get("how"):
            case "send":
                return _send(request, broadcast, by)
            case "add":
                _add(request, by)
            case "switch" | "remove" as how:
                _change(request, by, how)
            case _:
                raise BadInput
    except Refused as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect(request.path)


def _send(request: HttpRequest, broadcast: Broadcast, by: User) -> HttpResponse:
    said = {name: str(value).replace("\0", "") for name, value in request.POST.items()}
    event = tell_outside(
        broadcast=broadcast,
        by=by,
        what=said.get("what", ""),
        text=said.get("text", ""),
        clip=int(said["clip"]) if said.get("clip", "").isdecimal() and len(said["clip"]) < 6 else 0,
        press=said.get("press", "")[:32],
    )
    return redirect(f"{reverse('live:ledger', args=[broadcast.lesson_id])}?event={event.pk}")


def _add(request: HttpRequest, by: User) -> None:
    """A teacher's belongs to a cohort of hers; only those who run the school may leave that open."""
    form = GroupForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("写上群名和机器人地址。"))
    asked = form.cleaned_data
    cohort = relayable(by).filter(name=asked["cohort"]).first()
    if (asked["cohort"] or not may_relay_anywhere(by)) and cohort is None:
        raise BadInput(_("没有叫「%s」的群，或者你不能转播到那里。") % asked["cohort"])
    group = add_group(name=asked["name"], address=asked["address"], secret=asked["secret"], cohort=cohort)
    messages.success(request, _("加好了：%s。") % group)


def _change(request: HttpRequest, by: User, how: str) -> None:
    number = request.POST.get("group", "")
    group = get_object_or_404(groups_of(by), pk=int(number) if number.isdecimal() else 0)
    if how == "remove":
        group.delete()
    else:
        group.is_enabled = not group.is_enabled
        group.save(update_fields=["is_enabled"])

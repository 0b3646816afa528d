"""One's own messages."""

from collections.abc import Iterable
from itertools import groupby

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.requests import PersonRequest, login_required
from notify import services
from notify.models import Message
from notify.unread import count
from web.clock import called

SHOWN = 30


@login_required
@never_cache
@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    """The newest first, by day."""
    page = Paginator(Message.objects.of(request.user), SHOWN).get_page(request.GET.get("page"))
    newest = max((message.pk for message in page), default=0) if page.number == 1 else 0
    context = {"page": page, "days": _days(page), "unread": count(request.user), "newest": newest}
    return render(request, "notify/mine.html", context)


@login_required
@require_GET
def follow(request: PersonRequest, pk: int) -> HttpResponse:
    """Where it leads; it counts as read from then on. Somebody else's is not there."""
    message = services.open_message(message=get_object_or_404(Message.objects.of(request.user), pk=pk))
    return redirect(message.path or "notifications:mine")


@login_required
@require_POST
def read(request: PersonRequest) -> HttpResponse:
    """All of them, but not what came since the page was made."""
    newest = request.POST.get("newest", "")
    up_to = int(newest) if newest.isdecimal() and len(newest) < 19 else 0
    services.read_all(person=request.user, up_to=up_to)
    messages.success(request, _("都标为已读了。"))
    return redirect("notifications:mine")


def _days(page: Iterable[Message]) -> list[tuple[str, list[Message]]]:
    by_day = groupby(page, key=lambda message: timezone.localdate(message.created_at))
    return [(called(day), list(told)) for day, told in by_day]

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import login_required
from live.errors import Refused
from live.services.rehearsal import CHOICES, begin_rehearsal, card
from live.tasks import rehearse
from live.views.find import hosted_lesson


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rehearsal(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Try the whole path out, and the card of the last time."""
    lesson, broadcast = hosted_lesson(request.user, lesson_id)
    if request.method == "POST":
        wanted = request.POST.get("cohorts", "")
        try:
            made = begin_rehearsal(
                broadcast=broadcast, by=cast(User, request.user), cohorts=int(wanted) if wanted.isdecimal() else 0
            )
            rehearse.enqueue(made.pk, request.build_absolute_uri("/").rstrip("/"))
        except Refused as refusal:
            messages.error(request, str(refusal.sentence))
        return redirect("live:rehearsal", lesson_id)
    last = broadcast.rehearsals.first()
    lines = card(last) if last and last.ended_at else []
    context = {
        "lesson": lesson,
        "broadcast": broadcast,
        "here": "rehearsal",
        "choices": CHOICES,
        "last": last,
        "card": lines,
        "is_green": bool(lines) and not (last and last.trouble) and all(kept for _, _, kept in lines),
    }
    return render(request, "live/rehearsal.html", context)

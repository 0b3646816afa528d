"""The review desk: a queue, and one paper after the other."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import PersonRequest, login_required
from courses.errors import BadScore, CourseRefused
from courses.homework import reviewing
from courses.homework.desk import Sieve, desk_of, next_of, paper_of, reviews
from courses.models import Submission
from courses.models.homework import FULL, LONGEST_COMMENT


@login_required
@never_cache
@require_safe
def desk(request: PersonRequest) -> HttpResponse:
    """What was handed in to this person, waiting longest first."""
    if not reviews(request.user):
        raise Http404
    return render(
        request, "courses/homework/desk.html", desk_of(request.user, Sieve.of(request.GET), request.GET.get("p"))
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: PersonRequest, pk: int) -> HttpResponse:
    """One of them; whoever has said something of it is led to the next."""
    sieve = Sieve.of(request.GET)
    found = paper_of(request.user, sieve, pk)
    if found is None:
        return _gone(request, sieve, pk)
    if request.method != "POST":
        return _shown(request, found)
    try:
        seen = _review(request, found["one"])
    except CourseRefused as refusal:
        messages.warning(request, str(refusal))
        return _shown(request, paper_of(request.user, sieve, pk) or found, status=409)
    return _onward(request, sieve, seen)


def _review(request: PersonRequest, one: Submission) -> Submission:
    said: dict[str, Any] = {"comment": request.POST.get("comment", ""), "voice": request.FILES.get("voice")}
    said["handing"] = request.POST.get("handing")
    if request.POST.get("do") == "return":
        return reviewing.send_back(submission=one, by=request.user, **said)
    is_best = "is_best" in request.POST
    return reviewing.accept(submission=one, by=request.user, score=_score(request), is_best=is_best, **said)


def _score(request: PersonRequest) -> int | None:
    said = request.POST.get("score", "").strip()
    if not said:
        return None
    if not said.isdecimal() or len(said) > 3:
        raise BadScore
    return int(said)


def _shown(request: PersonRequest, found: dict[str, object], status: int = 200) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("comment", "score", "is_best")}
    limits = {"full": FULL, "longest": LONGEST_COMMENT}
    return render(request, "courses/homework/paper.html", {**found, **limits, "typed": typed}, status=status)


def _gone(request: PersonRequest, sieve: Sieve, pk: int) -> HttpResponse:
    """Taken back in this moment, most likely: whoever could have seen it is told, others find nothing."""
    if request.method != "POST" or not reviews(request.user):
        raise Http404
    messages.warning(request, _("学员刚把这份作业收回去改了，改好会再交上来。"))
    return redirect(_with(reverse("courses:desk"), sieve))


def _onward(request: PersonRequest, sieve: Sieve, seen: Submission) -> HttpResponse:
    who = {"name": seen.person.display_name}
    said = _("收下了 %(name)s 的作业。") if seen.is_accepted else _("请 %(name)s 再改一改。")
    messages.success(request, said % who)
    following = next_of(request.user, sieve, seen)
    place = reverse("courses:paper", args=[following]) if following else reverse("courses:desk")
    return redirect(_with(place, sieve))


def _with(place: str, sieve: Sieve) -> str:
    return f"{place}?{sieve.query}" if sieve.query else place

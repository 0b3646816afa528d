"""One's own page of feeds: make one, see what it opens, take it back."""

from typing import Any

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.requests import PersonRequest, login_required
from courses.access import opened_courses
from courses.feeds.errors import Counted, FeedRefused
from courses.feeds.keys import address, issue, revoke
from courses.models import Course, FeedKey
from web.limits import Limit, calmly

MAKING = Limit("feeds-made", most=20, seconds=3600)
SHOWN_ONCE = "feed_secret"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@calmly
def page(request: PersonRequest) -> HttpResponse:
    """The secret of a feed that was just made is shown here once, and then forgotten."""
    person = User.objects.get(pk=request.user.pk)  # whatever browser asks: a feed has none
    if request.method == "POST":
        return _made(request, person, _chosen(person, request.POST.get("course", "")))
    keys = FeedKey.objects.of(person).standing().select_related("course").order_by("made_at", "pk")
    open_ids, all_ids = opened_courses(person, uncounted=True), opened_courses(person)
    context = {
        "keys": keys,
        "new": _shown(request, keys),
        "courses": Course.objects.filter(pk__in=open_ids).order_by("title"),
        "counted": str(Counted()) if set(all_ids) - set(open_ids) else "",
    }
    return render(request, "courses/feeds/own.html", context)


def _chosen(person: User, number: str) -> Course | None:
    mine = Course.objects.select_related("tier").filter(pk__in=opened_courses(person))
    return get_object_or_404(mine, pk=number) if number.isdecimal() else None


def _made(request: PersonRequest, person: User, course: Course | None) -> HttpResponse:
    MAKING.spend(person.pk)
    try:
        key, secret = issue(person=person, course=course)
    except FeedRefused as refusal:
        messages.error(request, str(refusal))
    else:
        request.session[SHOWN_ONCE] = [key.pk, secret]
    return redirect("feeds:own")


def _shown(request: PersonRequest, keys: Any) -> dict[str, Any] | None:
    number, secret = request.session.pop(SHOWN_ONCE, None) or (0, "")
    key = next((key for key in keys if key.pk == number), None)
    if key is None:
        return None
    url = address(secret)
    bare = url.partition("://")[2]
    ways = [
        ("Apple Podcasts", f"podcast://{bare}"),
        ("AntennaPod", f"antennapod-subscribe://{bare}"),
        (_("其他播客 App"), f"feed://{bare}"),
    ]
    return {"key": key, "url": url, "ways": ways, "code": _code(f"podcast://{bare}")}


def _code(content: str) -> SafeString:
    drawn = segno.make(content, error="m").svg_inline(scale=4, border=2, omitsize=True)
    return mark_safe(drawn)  # noqa: S308 - segno's own drawing


@login_required
@require_POST
@calmly
def renew(request: PersonRequest, pk: int) -> HttpResponse:
    """Another address for the same feed; the old one is over."""
    key = _own(request, pk)
    return _made(request, User.objects.get(pk=request.user.pk), key.course)


@login_required
@require_POST
def revoked(request: PersonRequest, pk: int) -> HttpResponse:
    revoke(key=_own(request, pk))
    messages.success(request, _("订阅停用了，那个地址从现在起什么也给不出来。"))
    return redirect("feeds:own")


def _own(request: PersonRequest, pk: int) -> FeedKey:
    return get_object_or_404(FeedKey.objects.of(request.user).standing().select_related("course__tier"), pk=pk)

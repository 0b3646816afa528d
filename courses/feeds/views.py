"""What podcast programs ask for. The secret in the address says who is there: no session, no cookie, and the gate each time."""

import time
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from courses.feeds.contents import contents_of, may_have, sound_of
from courses.feeds.covers import cover_of
from courses.feeds.keys import key_of, note_use
from courses.feeds.rss import CHAPTERS, VTT, Feed
from courses.models import FeedKey, Lesson
from courses.programme import chapters_of
from media.errors import Missing, StoreUnreachable
from media.filestream import plain, respond
from media.links import Link
from media.store import store
from web.limits import Limit, TooMany, address_of
from web.templatetags.web import school_of

FEEDS = Limit("feeds", most=60, seconds=60)
FILES = Limit("feed-files", most=300, seconds=60)  # a program that streams asks for one part after the other
GUESSES = Limit("feed-guesses", most=60, seconds=60)
Answering = Callable[..., HttpResponseBase]


def _keyed(limit: Limit) -> Callable[[Answering], Answering]:
    """`view(request, key, …)` for who brings a secret that stands; everyone else gets a sentence."""

    def around(view: Answering) -> Answering:
        @require_safe
        @wraps(view)
        def wrapped(request: HttpRequest, secret: str, **kwargs: Any) -> HttpResponseBase:
            try:
                return _private(_answered(view, limit, request, secret, kwargs))
            except TooMany as refusal:
                return _private(plain(refusal.sentence, 429, {"Retry-After": str(refusal.retry_after)}))

        return wrapped

    return around


def _answered(
    view: Answering, limit: Limit, request: HttpRequest, secret: str, kwargs: dict[str, Any]
) -> HttpResponseBase:
    key = key_of(secret)
    if key is None:
        GUESSES.spend(address_of(request))
        return plain(_("没有这个订阅。请到书院的「我」里重新建一个。"), HTTPStatus.NOT_FOUND)
    if key.revoked_at:
        return plain(_("这个订阅地址已经作废。请到书院的「我」里重新建一个。"), HTTPStatus.GONE)
    limit.spend(key.pk)
    note_use(key=key, client=request.headers.get("User-Agent", ""))
    with translation.override(key.person.language or settings.LANGUAGE_CODE):
        return view(request, key, secret=secret, **kwargs)


def _private(answer: HttpResponseBase) -> HttpResponseBase:
    """Nobody keeps it, lists it or passes its address on; and no log gets to know the secret."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


@gzip_page
@_keyed(FEEDS)
def feed(request: HttpRequest, key: FeedKey, *, secret: str) -> HttpResponseBase:
    """Asked for again and again by programs that say what they have: nothing new is 304."""
    made = Feed(key, secret, contents_of(key), school_of(request), cover_of(key.course))
    version = made.version
    if version != key.told:
        key.told, key.changed_at = version, timezone.now()
        key.save(update_fields=["told", "changed_at"])
    changed = key.changed_at.replace(microsecond=0)
    answer = HttpResponse(made.written(changed), content_type="application/rss+xml; charset=utf-8")
    answer["ETag"] = f'"{version[:32]}"'
    answer["Last-Modified"] = http_date(changed.timestamp())
    answer["Cache-Control"] = "private, no-cache"
    patch_vary_headers(answer, ["Accept-Encoding"])
    unchanged = get_conditional_response(request, answer["ETag"], int(changed.timestamp()), answer)
    return unchanged or answer


@_keyed(FILES)
def sound(request: HttpRequest, key: FeedKey, *, secret: str, pk: int) -> HttpResponseBase:
    """The bytes, with HEAD and Range. Never a link to the store: that would go on working when the right is over."""
    lesson, refusal = _lesson(key, pk)
    form = sound_of(lesson) if lesson else None
    if lesson is None or form is None:
        return refusal or plain(_("这一节的声音还没有做好，请过一会儿再试。"), HTTPStatus.NOT_FOUND)
    try:
        held = store().held(key=form.key)
    except Missing:
        return plain(_("文件不在了。请联系老师或管理员。"), HTTPStatus.NOT_FOUND)
    except StoreUnreachable:
        return plain(_("存储暂时连不上，请过一会儿再试。"), 503, {"Retry-After": "60"})
    answer = respond(request, held, Link(form.key, form.mime, int(time.time()), f"{lesson.title}.m4a"))
    answer["Cache-Control"] = "private, no-store"
    return answer


@_keyed(FILES)
def words(request: HttpRequest, key: FeedKey, *, secret: str, pk: int) -> HttpResponseBase:
    """What is said in it, as WebVTT."""
    lesson, refusal = _lesson(key, pk)
    text = lesson.audio.transcript if lesson and lesson.audio else ""
    if not text:
        return refusal or plain(_("这一节没有文稿。"), HTTPStatus.NOT_FOUND)
    return HttpResponse(text, content_type=f"{VTT}; charset=utf-8", headers={"Cache-Control": "private, no-store"})


@_keyed(FILES)
def chapters(request: HttpRequest, key: FeedKey, *, secret: str, pk: int) -> HttpResponseBase:
    """Where its clips begin, as the Podcast Index writes chapters."""
    lesson, refusal = _lesson(key, pk)
    if lesson is None:
        return refusal or plain("", HTTPStatus.NOT_FOUND)
    told = [
        {"startTime": one["ms"] / 1000, "title": one["title"] or _("第 {n} 条").format(n=one["n"])}
        for one in chapters_of(lesson)
    ]
    answer = JsonResponse({"version": "1.2.0", "chapters": told}, content_type=CHAPTERS)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _lesson(key: FeedKey, pk: int) -> tuple[Lesson | None, HttpResponse | None]:
    """The lesson, if it is in this feed and open to its person now; else the sentence why not."""
    lessons = Lesson.objects.select_related("course__tier", "course__instructor", "audio").filter(pk=pk)
    lesson = (lessons.filter(course=key.course) if key.course else lessons).first()
    if lesson is None or not lesson.is_out:
        return None, plain(_("没有这一节。"), HTTPStatus.NOT_FOUND)
    if not may_have(key.person, lesson):
        return None, plain(_("这一节现在没有对你开放。"), HTTPStatus.FORBIDDEN)
    return lesson, None

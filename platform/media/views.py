"""Handing out bytes: the gate first, then a short-lived link, then the gate again and the bytes themselves."""

import re
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from media import gate, links
from media.errors import LinkExpired, LinkRefused, Missing, StoreUnreachable
from media.filestream import plain, respond
from media.links import Link
from media.models import Asset, Rendition
from media.store import store
from web.limits import Limit, TooMany, spend

PART = re.compile(r"[a-z0-9-]{1,20}\.(m3u8|mp4|webp)")
MIMES = {"m3u8": "application/vnd.apple.mpegurl", "mp4": "video/mp4", "webp": "image/webp"}
PLAYLIST = "m3u8"
JSON = "application/json"  # read by scripts, which a bucket on another origin would refuse
PART_SECONDS = 5  # what was handed out once is asked for again
BY_PERSON = Limit("media-person", most=600, seconds=60)
BY_ADDRESS = Limit("media-address", most=6000, seconds=60)  # a class room looks at the pictures of a page


def _paced(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            spend(request, person=BY_PERSON, address=BY_ADDRESS)
        except TooMany as refusal:
            return plain(refusal.sentence, 429, {"Retry-After": str(refusal.retry_after)})
        return view(request, *args, **kwargs)

    return wrapped


@require_safe
@_paced
def fetch(request: HttpRequest, uuid: UUID, rendition: str = "") -> HttpResponse:
    """What may not be seen does not exist; what may be seen is a redirect to a link that soon dies."""
    asset = get_object_or_404(Asset, uuid=uuid)
    if refusal := _refused(request, asset, rendition):
        return refusal
    form = get_object_or_404(asset.renditions, name=rendition, state=Rendition.State.READY) if rendition else asset
    if isinstance(form, Rendition) and "entry" in form.facts:
        return _redirect(form.url)
    make = store().link if _is_direct(asset) and form.mime != JSON else links.make
    return _redirect(make(key=form.key, mime=form.mime, seconds=settings.MEDIA_LINK_SECONDS, filename=form.filename))


def _refused(request: HttpRequest, asset: Asset, form: str) -> HttpResponse | None:
    if gate.may_fetch(request.user, asset, form):
        return None
    if sentence := gate.why_not(request.user):
        return plain(sentence, 403)
    raise Http404


def _is_direct(asset: Asset) -> bool:
    """Whether the store itself may answer; it cannot ask who is there."""
    return settings.S3_DIRECT_LINKS or asset.guard == gate.PUBLIC


def _redirect(address: str) -> HttpResponse:
    return HttpResponse(status=302, headers={"Location": address, "Cache-Control": "private, no-store"})


@require_safe
@_paced
def part(request: HttpRequest, uuid: UUID, rendition: str, name: str) -> HttpResponseBase:
    """A playlist, a stretch of sound, a page: one part of a form that has many. The gate is asked for every one of them,
    so that whose right ends in the middle of a lesson hears no more of it (promise S4).
    """
    ready = Rendition.objects.select_related("asset").filter(state=Rendition.State.READY, facts__has_key="entry")
    form = get_object_or_404(ready, asset__uuid=uuid, name=rendition)
    known = PART.fullmatch(name)
    if refusal := _refused(request, form.asset, rendition):
        return refusal
    if not known:
        raise Http404
    link = Link(f"{form.key}/{name}", MIMES[known[1]], int(time.time()) + PART_SECONDS, None)
    if known[1] == PLAYLIST:
        return _playlist(link)
    if _is_direct(form.asset) and store().name != "disk":
        return _redirect(store().link(key=link.key, mime=link.mime, seconds=settings.MEDIA_LINK_SECONDS))
    return _handed_out(request, link)


def _playlist(link: Link) -> HttpResponse:
    try:
        text = store().read(key=link.key)
    except (Missing, StoreUnreachable) as error:
        return _not_there(error)
    return HttpResponse(text, content_type=link.mime, headers={"Cache-Control": "private, no-store"})


@require_safe
@_paced
def captions(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What is said, for the `<track>` of a player: as closed as the sound it belongs to."""
    asset = get_object_or_404(Asset, uuid=uuid)
    if refusal := _refused(request, asset, "captions"):
        return refusal
    if not asset.transcript:
        raise Http404
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(asset.transcript, content_type="text/vtt; charset=utf-8", headers=headers)


@require_safe
@_paced
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The bytes a signed link grants, as long as whoever asks may still fetch what they belong to: a player asks for one
    part after the other, and is refused from the moment on at which its right ended (promise S4).
    """
    try:
        link = links.read(token)
    except LinkExpired:
        return plain(_("这个链接已过期。请回到课程页面重新打开。"), 403)
    except LinkRefused:
        return plain(_("这个链接不对。请回到课程页面重新打开。"), 404)
    asset, form = _asset_of(link.key)
    if asset and not gate.may_fetch(request.user, asset, form):
        return plain(gate.why_not(request.user) or _("这个链接已失效。请回到课程页面重新打开。"), 403)
    return _handed_out(request, link)


def _handed_out(request: HttpRequest, link: Link) -> HttpResponseBase:
    try:
        held = store().held(key=link.key)
    except (Missing, StoreUnreachable) as error:
        return _not_there(error)
    return respond(request, held, link)


def _not_there(error: Exception) -> HttpResponse:
    if isinstance(error, Missing):
        return plain(_("文件不在了。请联系老师或管理员。"), 404)
    return plain(_("存储暂时连不上，请过一会儿再试。"), 503)


def _asset_of(key: str) -> tuple[Asset | None, str]:
    """What some bytes belong to, and as which form of it; a segment of a live lesson belongs to none."""
    folder, _, rest = key.partition("/")
    uuid, _, name = rest.partition("/")
    try:
        asset = Asset.objects.filter(uuid=UUID(uuid)).first() if folder == "assets" else None
    except ValueError:
        return None, ""
    return asset, name.partition("/")[0].partition(".")[0]

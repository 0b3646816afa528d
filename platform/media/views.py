"""Handing out bytes: the gate first, then a short-lived link, then the gate again and the bytes themselves."""

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
from media.models import Asset, Rendition
from media.store import store
from web.limits import Limit, TooMany, spend

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
    if not gate.may_fetch(request.user, asset):
        if sentence := gate.why_not(request.user):
            return plain(sentence, 403)
        raise Http404
    form = get_object_or_404(asset.renditions, name=rendition, state=Rendition.State.READY) if rendition else asset
    is_direct = settings.S3_DIRECT_LINKS or asset.guard == gate.PUBLIC
    make = store().link if is_direct else links.make
    link = make(key=form.key, mime=form.mime, seconds=settings.MEDIA_LINK_SECONDS, filename=form.filename)
    return HttpResponse(status=302, headers={"Location": link, "Cache-Control": "private, no-store"})


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
    asset = _asset_of(link.key)
    if asset and not gate.may_fetch(request.user, asset):
        return plain(gate.why_not(request.user) or _("这个链接已失效。请回到课程页面重新打开。"), 403)
    try:
        held = store().held(key=link.key)
    except Missing:
        return plain(_("文件不在了。请联系老师或管理员。"), 404)
    except StoreUnreachable:
        return plain(_("存储暂时连不上，请过一会儿再试。"), 503)
    return respond(request, held, link)


def _asset_of(key: str) -> Asset | None:
    """What some bytes belong to; a segment of a live lesson belongs to none."""
    folder, _, rest = key.partition("/")
    try:
        return Asset.objects.filter(uuid=UUID(rest.partition("/")[0])).first() if folder == "assets" else None
    except ValueError:
        return None

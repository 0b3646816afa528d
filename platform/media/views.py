"""Handing out bytes: the gate first, then a short-lived link, then the bytes themselves."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from media import gate, links
from media.errors import LinkExpired, LinkRefused
from media.filestream import respond
from media.models import Asset, Rendition
from media.store import Disk, store


@require_safe
def fetch(request: HttpRequest, uuid: UUID, rendition: str = "") -> HttpResponse:
    """What may not be seen does not exist; what may be seen is a redirect to a link that soon dies."""
    asset = get_object_or_404(Asset, uuid=uuid)
    if not gate.may_fetch(request.user, asset):
        raise Http404
    form = get_object_or_404(asset.renditions, name=rendition, state=Rendition.State.READY) if rendition else asset
    link = store().link(key=form.key, mime=form.mime, seconds=settings.MEDIA_LINK_SECONDS, filename=form.filename)
    return HttpResponse(status=302, headers={"Location": link, "Cache-Control": "private, no-store"})


@require_safe
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The bytes a signed link grants, as long as whoever asks may still fetch what they belong to. Only the disk needs
    us for this: S3 answers its own links until they expire.
    """
    try:
        link = links.read(token)
    except LinkExpired:
        return _refused(_("这个链接已过期。请回到课程页面重新打开。"), 403)
    except LinkRefused:
        return _refused(_("这个链接不对。请回到课程页面重新打开。"), 404)
    asset = _asset_of(link.key)
    if asset and not gate.may_fetch(request.user, asset):
        return _refused(_("这个链接已失效。请回到课程页面重新打开。"), 403)
    path = Disk(Path(settings.STORE_ROOT)).path(link.key)
    return respond(request, path, link)


def _asset_of(key: str) -> Asset | None:
    """What some bytes belong to; a segment of a live lesson belongs to none."""
    folder, _, rest = key.partition("/")
    try:
        return Asset.objects.filter(uuid=UUID(rest.partition("/")[0])).first() if folder == "assets" else None
    except ValueError:
        return None


def _refused(sentence: str, status: int) -> HttpResponse:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(sentence, content_type="text/plain; charset=utf-8", status=status, headers=headers)

"""Handing out pictures and documents, each time asking who is there."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.documents import get_document_model
from wagtail.documents.models import document_served
from wagtail.images import get_image_model

from cms.access import Uses, in_the_office
from cms.storage import key_of, mime_of
from media.errors import BadKey, Missing, StoreUnreachable
from media.filestream import plain, respond
from media.links import Link
from media.store import store

FOR_EVERYONE = "public, max-age=31536000, immutable"  # its name is its own: another picture has another
FOR_ONE = "private, no-cache"  # who asks again is asked about again
Rendition: Any = get_image_model().get_rendition_model()


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A picture in the size a page shows it. As it was uploaded, with all a camera wrote into it, it is for the office."""
    if "\0" in name:  # which PostgreSQL would not even look for
        raise Http404
    shown = Rendition.objects.select_related("image").filter(file=name).first()
    if shown:
        return _handed_out(request, shown.image, name, mime_of(name))
    if not in_the_office(request.user):
        raise Http404
    return _bytes(request, name, mime_of(name), FOR_ONE)


@require_safe
def document(request: HttpRequest, pk: str, filename: str) -> HttpResponseBase:
    """In the place of Wagtail's own view, which knows no part of a file and asks no page. Its hooks are asked as there."""
    thing = get_object_or_404(get_document_model(), pk=pk)
    if thing.filename != filename:
        raise Http404
    for hook in hooks.get_hooks("before_serve_document"):
        if isinstance(refusal := hook(thing, request), HttpResponse):
            return refusal
    answer = _handed_out(request, thing, thing.file.name, thing.content_type)
    document_served.send(sender=type(thing), instance=thing, request=request)
    if answer.has_header("Content-Disposition"):
        answer["Content-Disposition"] = thing.content_disposition
    return answer


def _handed_out(request: HttpRequest, thing: Any, name: str, mime: str) -> HttpResponseBase:
    """What may not be seen does not exist."""
    uses = Uses(thing)
    if not (uses.are_public or uses.open_to(request.user)):
        raise Http404
    return _bytes(request, name, mime, FOR_EVERYONE if uses.are_public else FOR_ONE)


def _bytes(request: HttpRequest, name: str, mime: str, kept: str) -> HttpResponseBase:
    key = key_of(name)
    try:
        held = store().held(key=key)
    except (Missing, BadKey):
        return plain(_("文件不在了。请联系老师或管理员。"), 404)
    except StoreUnreachable:
        return plain(_("存储暂时连不上，请过一会儿再试。"), 503)
    answer = respond(request, held, Link(key=key, mime=mime, expires=0, filename=None))
    if answer.status_code != 416:
        answer["Cache-Control"] = kept
    return answer

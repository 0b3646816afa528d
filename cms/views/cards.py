"""Handing out share cards: to everyone, of public pages only."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from cms.cards import SHAPES, card_of, drawn
from cms.structured import front_door
from web.templatetags.web import school_of

A_YEAR = 60 * 60 * 24 * 365


@require_safe
def card(request: HttpRequest, number: int, version: str, shape: str) -> HttpResponse:
    """An address that was passed on before the title changed leads to what is there now."""
    page = _public(number)
    found = card_of(page, school=school_of(request))
    if found is None or shape not in SHAPES:
        raise Http404
    if version != found.version:
        return redirect(found.url(shape))
    response = HttpResponse(drawn(found, page, shape), content_type="image/jpeg")
    patch_cache_control(response, public=True, max_age=A_YEAR, immutable=True)
    return response


def _public(number: int) -> Any:
    """A page that everybody sees, and all above it too."""
    page = front_door().get_descendants(inclusive=True).live().public().filter(pk=number).first()
    if page is None or page.get_ancestors().filter(live=False).exists():
        raise Http404
    return page.specific

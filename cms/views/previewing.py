from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail.models import Page

from cms.previewing.look import KEPT_AS, LookForm
from cms.previewing.pages import AS_LEARNER, SeenAsLearner

FIELDS = tuple(LookForm.base_fields)


@never_cache
@require_safe
def as_learner(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom to look as, and beneath it the page as they get it. The address carries the choice, to hand on to colleagues."""
    page = _draft(request, pk)
    chosen = _chosen(request.GET) or request.session.get(KEPT_AS) or {}
    form = LookForm(chosen)
    if form.is_valid():
        request.session[KEPT_AS] = chosen
    frame = f"{reverse('cms_as_learner_page', args=[pk])}?{_query(chosen)}"
    return render(request, "cms/office/as_learner.html", {"page": page, "form": form, "frame": frame})


@never_cache
@require_safe
def the_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page itself, from its latest draft."""
    page = _draft(request, pk)
    look = LookForm(_chosen(request.GET)).look()
    shown: HttpResponse = page.make_preview_request(request, AS_LEARNER, {"look": look})
    shown["X-Frame-Options"] = "SAMEORIGIN"  # it stands in a frame of the office
    return shown


def _draft(request: HttpRequest, pk: int) -> Any:
    page = get_object_or_404(Page, pk=pk).get_latest_revision_as_object()
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    if not isinstance(page, SeenAsLearner):
        raise Http404
    return page


def _chosen(query: QueryDict) -> dict[str, str]:
    return {name: str(query[name]) for name in FIELDS if query.get(name)}


def _query(chosen: dict[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update(chosen)
    return query.urlencode()

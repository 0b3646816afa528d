"""Many pages published in one press, from a list: each has to be whole, as one that is published from its own form."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.models import Page

MOST_SAID = 5


def refuse_unfinished(request: HttpRequest, action: str, pages: list[Page], view: Any) -> HttpResponse | None:
    """Nothing is published as long as one of them lacks something, and each such page says what."""
    if action != "publish" or request.method != "POST":
        return None
    wanting = list(_wanting(_with_inner(pages, "include_descendants" in request.POST)))
    if not wanting:
        return None
    lines = [_("《%(title)s》：%(why)s") % {"title": page.draft_title, "why": why} for page, why in wanting[:MOST_SAID]]
    if len(wanting) > MOST_SAID:
        lines.append(_("还有 %(n)s 页也缺东西。") % {"n": len(wanting) - MOST_SAID})
    messages.error(request, " ".join([_("一页都没有发布，先补上这些："), *lines]))
    return redirect(get_valid_next_url_from_request(request) or reverse("wagtailadmin_home"))


def _with_inner(pages: list[Page], has_inner: bool) -> Iterator[Page]:
    for page in pages:
        yield page
        if has_inner:
            yield from page.get_descendants().not_live()


def _wanting(pages: Iterator[Page]) -> Iterator[tuple[Page, str]]:
    for page in pages:
        try:
            page.get_latest_revision_as_object().full_clean()
        except ValidationError as refusal:
            yield page, refusal.messages[0]


hooks.register("before_bulk_action", refuse_unfinished)

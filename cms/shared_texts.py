"""The office's desk for words that many pages show."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.ui.tables import Column
from wagtail.models import ReferenceIndex
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.models import SharedText


class SharedTextViewSet(SnippetViewSet):
    model = SharedText
    icon = "snippet"
    menu_label = _("常用段落")
    menu_order = 260
    add_to_admin_menu = True
    list_display = ("name", Column("usage_count", label=_("用在几处")))
    search_fields = ("name",)
    search_backend_name = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[SharedText]:
        return SharedText.objects.annotate(usage_count=ReferenceIndex.usage_count_subquery(SharedText))


def refuse_a_hole(request: HttpRequest, doomed: Iterable[Any]) -> HttpResponse | None:
    """What a page still shows is not deleted; says which pages, before anyone is asked whether they are sure."""
    kept = [one for one in doomed if isinstance(one, SharedText) and one.shown_on]
    for one in kept:
        messages.error(request, one.refusal)
    return redirect(reverse(SharedText.snippet_viewset.get_url_name("list"))) if kept else None


hooks.register("before_delete_snippet", refuse_a_hole)
register_snippet(SharedTextViewSet)

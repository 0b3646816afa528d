"""What editors see of a thing that was uploaded: what became of it, how far it is, where it is used."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.panels import Panel
from wagtail.admin.ui.tables import Column
from wagtail.models import ReferenceIndex

from media.models import Asset, Join, Rendition
from media.services import request_renditions
from web.templatetags.web import clock

State = Rendition.State
UNSETTLED = {State.WAITING, State.RUNNING}


def materials() -> QuerySet[Asset]:
    """Newest first; the pages of a live lesson and what is joined of clips are assets too, and not things an editor brought."""
    forms = Prefetch("renditions", Rendition.objects.order_by("pk"))
    kept = Asset.objects.of_the_school().exclude(guard="slide").exclude(is_made=True)
    kept = kept.select_related("uploaded_by").prefetch_related(forms)
    return kept.order_by("-created_at", "-pk")


class LengthColumn(Column):
    def get_value(self, instance: Asset) -> str:
        return clock(instance.duration_ms) if instance.duration_ms else "–"


class FormsColumn(Column):
    """In a few words: all there, how far, or what failed."""

    def get_value(self, instance: Asset) -> str:
        rows = list(instance.renditions.all())
        if not rows:
            return "–"
        if failed := sum(row.state == State.FAILED for row in rows):
            return ngettext("%(n)d 项失败", "%(n)d 项失败", failed) % {"n": failed}
        if all(row.is_ready for row in rows):
            return _("可用")
        return _("处理中 %(n)d%%") % {"n": sum(row.progress for row in rows) // len(rows)}


COLUMNS = (
    "title",
    Column("get_kind_display", label=gettext_lazy("类型"), sort_key="kind"),
    LengthColumn("duration_ms", label=gettext_lazy("时长"), sort_key="duration_ms"),
    FormsColumn("renditions", label=gettext_lazy("处理")),
    "uploaded_by",
    "created_at",
)


class FormsPanel(Panel):
    """The preview, every form with its progress, and where it is used; nothing while there is no asset yet."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "cms/office/material.html"

        def is_shown(self) -> bool:
            return bool(self.instance and self.instance.pk)

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | facts(self.instance)


def facts(asset: Asset) -> dict[str, Any]:
    """What the templates show."""
    rows = list(asset.renditions.order_by("pk"))
    usage = reverse(f"wagtailsnippets_{asset._meta.app_label}_{asset._meta.model_name}:usage", args=[asset.pk])
    return {
        "asset": asset,
        "forms": rows,
        "is_unsettled": any(row.state in UNSETTLED for row in rows),
        "has_failed": any(row.state == State.FAILED for row in rows),
        "used": ReferenceIndex.get_grouped_references_to(asset).count(),
        "spoils": asset.spoils.filter(state=Join.State.FAILED),
        "lessons": asset.lessons.select_related("course"),
        "usage": usage,
        "look": reverse("material_forms", args=[asset.pk]),
        "retry": reverse("material_retry", args=[asset.pk]),
    }


def _of_editor(request: HttpRequest, pk: int) -> Asset:
    if not request.user.has_perm("media.change_asset"):
        raise PermissionDenied
    return get_object_or_404(Asset, pk=pk)


@require_safe
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """The table of forms alone, asked for again while something is being made."""
    answer = render(request, "cms/office/_forms.html", facts(_of_editor(request, pk)))
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Whatever is missing or failed is made again."""
    asset = _of_editor(request, pk)
    request_renditions(asset=asset)
    messages.success(request, _("已经排上了，稍后就好。"))
    name = f"wagtailsnippets_{asset._meta.app_label}_{asset._meta.model_name}:edit"
    return cast(HttpResponse, redirect(name, asset.pk))


def offices() -> list[URLPattern]:
    return [
        path("material/<int:pk>/forms/", look, name="material_forms"),
        path("material/<int:pk>/retry/", retry, name="material_retry"),
    ]


hooks.register("register_admin_urls", offices)

"""Batches of codes, and every code, where staff look after them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, HelpPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from membership import crockford
from membership.code_forms import BATCH_FACTS, CodeBatchForm, CodeForm
from membership.code_sheet import batch_lines
from membership.models import Code, CodeBatch
from web.sheets import sheet


class CodeBatchViewSet(SnippetViewSet):
    model = CodeBatch
    icon = "tag"
    menu_label = _("兑换码批次")
    list_display = (
        "title",
        "opens",
        Column("get_kind_display", label=_("种类")),
        Column("progress", label=_("已兑换")),
        Column("state_shown", label=_("状态")),
        "redeem_until",
        "made_at",
    )
    list_filter = ("kind",)
    search_fields = ("title", "opens", "note")
    search_backend_name = None
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            HelpPanel(template="membership/admin_batch.html"),
            *(FieldPanel(name) for name in (*BATCH_FACTS, "is_stopped")),
        ],
        base_form_class=CodeBatchForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[CodeBatch]:
        return CodeBatch.objects.counted()


class CodeIndex(IndexView):
    """A whole code is found however it was typed."""

    def search_queryset(self, queryset: QuerySet[Code]) -> Any:
        code = crockford.read(self.search_query or "")
        return queryset.filter(code=code) if code else super().search_queryset(queryset)


class CodeViewSet(SnippetViewSet):
    model = Code
    icon = "key"
    menu_label = _("兑换码")
    index_view_class = CodeIndex
    list_display = (
        "__str__",
        Column("gives_shown", label=_("打开")),
        "batch",
        Column("state_shown", label=_("状态")),
        "redeemed_by",
        "redeemed_at",
    )
    list_filter = {"batch": ["exact"], "redeemed_at": ["isnull"]}
    search_fields = ("code", "batch__title", "source", "redeemed_by__email", "redeemed_by__name")
    search_backend_name = None
    copy_view_enabled = False
    edit_handler = ObjectList(
        [HelpPanel(template="membership/admin_code.html"), FieldPanel("is_stopped")], base_form_class=CodeForm
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Code]:
        return Code.objects.select_related("batch", "redeemed_by")


@require_safe
def batch_sheet(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every code of a batch as a table: for whoever may make such batches, since each line is worth money."""
    if not request.user.has_perm("membership.change_codebatch"):
        raise PermissionDenied
    batch = get_object_or_404(CodeBatch, pk=pk)
    return sheet(request, name=f"codes-{batch.pk}", lines=batch_lines(batch))


def code_urls() -> list[URLPattern]:
    return [path("codes/<int:pk>.csv", batch_sheet, name="membership_batch_sheet")]


hooks.register("register_admin_urls", code_urls)

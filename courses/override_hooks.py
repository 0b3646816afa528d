"""Exceptions from when lessons open, where staff give and look after them. None is ever deleted: it is taken back."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from courses.models import Override
from courses.override_forms import OverrideForm
from courses.views.overrides import MAY, give
from membership.policies import NotByHand

FACTS = ("course", "lesson", "person", "cohort", "how", "at", "days", "reason", "by", "withdrawn_at")


class OverrideViewSet(SnippetViewSet):
    model = Override
    icon = "calendar-alt"
    menu_label = _("开放例外")
    menu_order = 316
    add_to_admin_menu = True
    list_display = ("__str__", "how", "at", "days", "reason", "by", "created_at", "withdrawn_at")
    list_filter = ("course", "how")
    search_fields = ("person__email", "person__name", "cohort__name", "reason")
    search_backend_name = None
    edit_handler = ObjectList(
        [*(FieldPanel(name, read_only=True) for name in FACTS), FieldPanel("is_withdrawn")],
        base_form_class=OverrideForm,
    )
    copy_view_enabled = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Override]:
        return Override.objects.select_related("course", "lesson", "person", "cohort", "by")


class ForThoseWhoMay(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY))


def urls() -> list[URLPattern]:
    return [path("exceptions/", give, name="courses_exceptions")]


def item() -> MenuItem:
    return ForThoseWhoMay(_("提前开放，或者推后"), reverse("courses_exceptions"), icon_name="calendar-check", order=315)


register_permission_policy(Override, NotByHand(Override), exact_class=True)
register_snippet(OverrideViewSet)
hooks.register("register_admin_urls", urls)
hooks.register("register_admin_menu_item", item)

"""The office's desk for what courses are about."""

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.models import Subject


class SubjectViewSet(SnippetViewSet):
    model = Subject
    icon = "tag"
    menu_label = _("主题")
    menu_order = 255
    add_to_admin_menu = True
    list_display = ("name", "position", Column("course_count", label=_("几门课")))
    search_fields = ("name",)
    search_backend_name = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subject]:
        return Subject.objects.annotate(course_count=Count("pages"))


register_snippet(SubjectViewSet)

"""Cohorts, their tags and segments where staff look after them."""

from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from cohorts.models import Cohort, Segment, Tag


class CohortViewSet(SnippetViewSet):
    model = Cohort
    icon = "group"
    menu_label = _("群")
    list_display = ("name", "theme", "starts_on", "created_at", "closed_at")
    list_filter = ("tags",)
    search_fields = ("name", "theme")
    search_backend_name = None
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("theme"),
            FieldPanel("tags", widget=CheckboxSelectMultiple),
            FieldPanel("starts_on"),
            FieldPanel("closed_at"),
        ]
    )
    copy_view_enabled = False


class TagViewSet(SnippetViewSet):
    model = Tag
    icon = "tag"
    menu_label = _("标签")
    list_display = ("name",)
    copy_view_enabled = False


class SegmentViewSet(SnippetViewSet):
    model = Segment
    icon = "list-ul"
    menu_label = _("分组")
    list_display = ("name", "created_at")
    edit_handler = ObjectList([FieldPanel("name"), FieldPanel("tags", widget=CheckboxSelectMultiple)])
    copy_view_enabled = False


class CohortsGroup(SnippetViewSetGroup):
    items = (CohortViewSet, TagViewSet, SegmentViewSet)
    menu_label = _("群")
    menu_icon = "group"
    menu_order = 310


register_snippet(CohortsGroup)

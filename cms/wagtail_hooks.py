"""The office: recordings, where editors upload them and lesson pages choose them."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.chooser import ChooseResultsView, ChooseView, SnippetChooserViewSet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.recordings import RecordingForm
from media.models import Asset


def recordings() -> QuerySet[Asset]:
    """Newest first; slides and pictures are assets too, and not for lessons to sound like."""
    return Asset.objects.filter(kind=Asset.Kind.AUDIO).order_by("-created_at", "-pk")


class NeverDeletedByHand(ModelPermissionPolicy):
    """A recording may be what a lesson was, and its bytes lie elsewhere: nobody deletes the row here."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action != "delete" and super().user_has_permission(user, action)


class Choose(ChooseView):
    def get_object_list(self) -> QuerySet[Asset]:
        return recordings()


class ChooseResults(ChooseResultsView):
    def get_object_list(self) -> QuerySet[Asset]:
        return recordings()


class RecordingChooser(SnippetChooserViewSet):
    choose_view_class = Choose
    choose_results_view_class = ChooseResults
    ordering = ["-created_at"]


class RecordingViewSet(SnippetViewSet):
    model = Asset
    icon = "media"
    menu_label = _("音频")
    menu_order = 250
    add_to_admin_menu = True
    list_display = ("title", "uploaded_by", "created_at")
    search_fields = ("title",)
    search_backend_name = None
    copy_view_enabled = False
    chooser_viewset_class = RecordingChooser
    edit_handler = ObjectList(
        [FieldPanel(name) for name in ("title", "file", "transcript")], base_form_class=RecordingForm
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        return recordings()


register_permission_policy(Asset, NeverDeletedByHand(Asset), exact_class=True)
register_snippet(RecordingViewSet)

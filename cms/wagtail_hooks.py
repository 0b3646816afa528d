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

from cms import (
    course_desk,  # noqa: F401 - registers its hooks
    deleting,  # noqa: F401 - registers its own
    editing,  # noqa: F401 - registers its own
    planning,  # noqa: F401 - registers its hooks
    previewing_hooks,  # noqa: F401 - registers its hooks
    publishing_in_bulk,  # noqa: F401 - registers its own
    shared_texts,  # noqa: F401 - registers its own
    subjects,  # noqa: F401 - registers its own
)
from cms.carrying import hooks  # noqa: F401 - registers its own
from cms.choosers import of_kind
from cms.materials import COLUMNS, FormsPanel, materials
from cms.recordings import RecordingForm
from cms.transcribing import TranscriptPanel
from media.models import Asset


class NeverDeletedByHand(ModelPermissionPolicy):
    """A recording may be what a lesson was, and its bytes lie elsewhere: nobody deletes the row here."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action != "delete" and super().user_has_permission(user, action)


class OnlySound:
    """Slides and pictures are assets too, and not for lessons to sound like."""

    def get_object_list(self) -> QuerySet[Asset]:
        return of_kind(Asset.Kind.AUDIO)


class RecordingChooser(SnippetChooserViewSet):
    choose_view_class = type("Choose", (OnlySound, ChooseView), {})
    choose_results_view_class = type("ChooseResults", (OnlySound, ChooseResultsView), {})
    ordering = ["-created_at"]


class RecordingViewSet(SnippetViewSet):
    model = Asset
    icon = "media"
    menu_label = _("素材")
    menu_order = 250
    add_to_admin_menu = True
    list_display = COLUMNS
    list_filter = ("kind",)
    search_fields = ("title",)
    search_backend_name = None
    copy_view_enabled = False
    chooser_viewset_class = RecordingChooser
    edit_handler = ObjectList(
        [FormsPanel(), TranscriptPanel()]
        + [FieldPanel(name) for name in ("title", "file", "transcript_file", "transcript")],
        base_form_class=RecordingForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        return materials()


register_permission_policy(Asset, NeverDeletedByHand(Asset), exact_class=True)
register_snippet(RecordingViewSet)

"""What a page needs to be looked at as a learner in the editor's own panel of previews."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from cms.previewing.look import remembered

AS_LEARNER = "learner"


class SeenAsLearner:
    """Beside the ordinary preview there is one as a learner: whom one chose last time, or whom `look` of the request says."""

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        return [*Page.DEFAULT_PREVIEW_MODES, (AS_LEARNER, _("像学员那样看（按上次选的）"))]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        if mode_name == AS_LEARNER:
            from cms.previewing.stage import shown_to  # the stage stands on the pages

            return shown_to(getattr(request, "look", None) or remembered(request.session), self, request)
        shown: HttpResponse = super().serve_preview(request, mode_name)  # type: ignore[misc]
        return shown

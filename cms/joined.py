"""What the editor of a lesson of clips sees of them as one sound: how far it is, or which clip is in the way."""

from typing import Any

from django.utils.translation import gettext_lazy
from wagtail.admin.panels import HelpPanel

from courses.joining import GUARD
from media.models import Join


class JoinedPanel(HelpPanel):
    """Nothing while the lesson was never published, or is of another kind."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"template": "cms/office/joined.html", "heading": gettext_lazy("连成一段"), **kwargs})

    class BoundPanel(HelpPanel.BoundPanel):
        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {"join": self._join()}

        def is_shown(self) -> bool:
            return self._join() is not None

        def _join(self) -> Join | None:
            pk = getattr(self.instance, "lesson_id", None)
            rows = Join.objects.filter(guard=GUARD, guarded_id=str(pk)) if pk else Join.objects.none()
            return rows.select_related("asset", "spoilt").first()

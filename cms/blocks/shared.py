"""Words kept in one place and shown in many."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.blocks import SnippetChooserBlock


class Shared(SnippetChooserBlock):
    """Shows a text that is edited once for every page. While it is not published, nothing stands in its place."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"target_model": "cms.SharedText"} | kwargs)

    class Meta:
        icon = "snippet"
        label = _("常用段落")
        template = "cms/blocks/shared.html"
        description = _("插入一段写好的话。以后在「常用段落」里改一次，用到它的页都跟着变。")

    def get_preview_value(self) -> Any:
        return self.target_model.objects.filter(live=True).first()

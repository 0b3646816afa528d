"""The lesson page's form shows what its kind needs, and its choosers what fits."""

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.viewsets.chooser import ChooserViewSet

from cms.choosers import CHOOSERS


def script() -> SafeString:
    return format_html('<script type="module" src="{}"></script>', static("cms/kinds.js"))


def choosers() -> list[ChooserViewSet]:
    return CHOOSERS


hooks.register("insert_editor_js", script)
hooks.register("register_admin_viewset", choosers)

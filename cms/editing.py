"""The forms of pages: fields that fit, dates that stay as typed, drafts that are saved before the page goes; and the choosers."""

from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.viewsets.chooser import ChooserViewSet

from cms.choosers import CHOOSERS

SCRIPTS = ("cms/fitting.js", "cms/awaiting.js")


def scripts() -> SafeString:
    return format_html_join("", '<script type="module" src="{}"></script>', ((static(name),) for name in SCRIPTS))


def before_any_picker() -> SafeString:
    return format_html('<script src="{}"></script>', static("cms/dates.js"))


def choosers() -> list[ChooserViewSet]:
    return CHOOSERS


hooks.register("insert_editor_js", scripts)
hooks.register("insert_global_admin_js", before_any_picker)
hooks.register("register_admin_viewset", choosers)

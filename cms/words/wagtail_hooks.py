"""The admin's scripts find these words too."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.i18n import JavaScriptCatalog
from wagtail import hooks
from wagtail.admin.localization import get_localized_response

catalogue = JavaScriptCatalog.as_view(packages=["wagtail.admin", "cms.words"])


def in_ones_language(request: HttpRequest) -> HttpResponse:
    """As Wagtail's own, which asks only its own packages."""
    answer: HttpResponse = get_localized_response(catalogue, request)
    return answer


def urls() -> list[URLPattern]:
    return [path("jsi18n/", in_ones_language, name="wagtailadmin_javascript_catalog")]


hooks.register("register_admin_urls", urls)

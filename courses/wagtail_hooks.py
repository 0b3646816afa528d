"""Where the office finds out why somebody cannot hear a lesson."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from courses import override_hooks  # noqa: F401 - registers its hooks
from courses.certificates import hooks as certificate_hooks  # noqa: F401
from courses.forms import WhyForm
from courses.homework import office  # noqa: F401 - registers its hook

MAY = "membership.view_grant"


class WhyMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY))


@never_cache
@require_safe
def why(request: HttpRequest) -> HttpResponse:
    """The chain of reasons for one person and one lesson or course; it changes nothing."""
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    form = WhyForm(request.GET or None)
    found = form.answer() if form.is_bound and form.is_valid() else None
    return render(request, "courses/why.html", {"form": form, "why": found})


def urls() -> list[URLPattern]:
    return [path("why/", why, name="courses_why")]


def menu_item() -> MenuItem:
    return WhyMenuItem(_("为什么听不了"), reverse("courses_why"), icon_name="help", order=320)


hooks.register("register_admin_urls", urls)
hooks.register("register_admin_menu_item", menu_item)

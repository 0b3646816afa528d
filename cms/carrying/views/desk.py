"""What every screen of carrying shares: finding through the person, and how a screen is laid out."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from cms.models import CoursePage


def course_of(request: HttpRequest, pk: int) -> CoursePage:
    """A course that this person may edit; Wagtail sends everyone else home."""
    page: CoursePage = get_object_or_404(CoursePage, pk=pk)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    return page


def screen(
    request: HttpRequest,
    name: str,
    *,
    title: Any,
    icon: str,
    page: CoursePage | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """A screen of the office, with the way back to the course above it."""
    crumbs: list[dict[str, Any]] = []
    if page:
        crumbs = [{"url": reverse("wagtailadmin_explore", args=[page.pk]), "label": page.get_admin_display_title()}]
    context |= {"header_icon": icon, "page_title": title, "header_title": title, "course_page": page}
    context["breadcrumbs_items"] = [*crumbs, {"url": "", "label": title}]
    return render(request, f"cms/carrying/{name}.html", context, status=status)

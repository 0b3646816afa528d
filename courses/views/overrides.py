from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses.override_forms import ExceptionsForm

MAY = "courses.add_override"


@never_cache
@require_http_methods(["GET", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """In the office: first what would become of each, then, on `do=give`, what did."""
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    form = ExceptionsForm(request.POST or None)
    if not form.is_valid():
        return render(request, "courses/office/exceptions.html", {"form": form})
    is_meant = request.POST.get("do") == "give"
    report = form.give(by=request.user, only_count=not is_meant)  # type: ignore[arg-type]
    if not is_meant:
        return render(request, "courses/office/exceptions.html", {"form": form, "report": report})
    messages.success(request, _("给了 %(many)s 份例外。") % {"many": len(report.given)})
    return redirect("wagtailsnippets_courses_override:list")

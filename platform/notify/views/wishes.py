from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.requests import PersonRequest, login_required
from notify import services
from notify.forms import WishesForm
from notify.models import Wishes


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: PersonRequest) -> HttpResponse:
    """Quiet hours, and what comes by mail."""
    form = WishesForm(Wishes.of(request.user), request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        services.wish(wishes=form.filled())
        messages.success(request, _("已保存。"))
        return redirect("notifications:settings")
    context = {"form": form, "zone": settings.TIME_ZONE}
    return render(request, "notify/settings.html", context, status=400 if form.errors else 200)

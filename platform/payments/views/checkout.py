from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.models import User
from payments import goods as shop
from payments import services
from payments.errors import PaymentRefused
from payments.views.till import to_the_till


@login_required
@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest, goods: str) -> HttpResponse:
    """What it is and costs, before anything is paid; POST places the order and leads to the till."""
    person = cast(User, request.user)
    try:
        if request.method == "POST":
            return to_the_till(request, services.place_order(person=person, goods=goods, return_to=_next(request)))
        quote = shop.quote(person=person, name=goods)
    except PaymentRefused as refusal:
        return render(request, "payments/refused.html", {"sentence": str(refusal)}, status=404)
    context = {"quote": quote, "next": _next(request), "window": settings.REFUND_WINDOW_DAYS}
    context["is_test"] = settings.PAYMENTS[:1] == ["sandbox"]
    return render(request, "payments/checkout.html", context)


def _next(request: HttpRequest) -> str:
    """A place in this school to come back to, or nothing."""
    there = request.POST.get("next", "") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    return there if is_ours and len(there) <= 300 else ""

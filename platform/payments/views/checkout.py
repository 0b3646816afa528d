from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import login_required
from payments import goods as shop
from payments import providers, services
from payments.errors import NoWayToPay, PaymentRefused
from payments.models import Stock
from payments.surfaces import surface_of
from payments.views.till import to_the_till


@login_required
@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest, goods: str) -> HttpResponse:
    """What it is and costs, until when it lasts and how it can be given back, before anything is paid.

    POST `provider` (and `renews`) places the order and leads to the till.
    """
    person = cast(User, request.user)
    try:
        if request.method == "POST":
            return to_the_till(request, services.place_order(person=person, goods=goods, **_wishes(request)))
        quote = shop.quote(person=person, name=goods)
    except PaymentRefused as refusal:
        return render(request, "payments/refused.html", {"sentence": str(refusal)}, status=404)
    return render(request, "payments/checkout.html", _facts(request, quote) | {"left": Stock.objects.left(goods)})


def _wishes(request: HttpRequest) -> dict[str, Any]:
    """Raises `NoWayToPay` for a way that does not work in this browser."""
    ways = providers.serving(surface_of(request))
    chosen = request.POST.get("provider") or next(iter(ways), "")
    if chosen not in ways:
        raise NoWayToPay
    return {"provider": chosen, "renews": request.POST.get("renews") == "yes", "return_to": _next(request)}


def _facts(request: HttpRequest, quote: shop.Quote) -> dict[str, object]:
    ways = providers.serving(surface_of(request))
    return {
        "quote": quote,
        "next": _next(request),
        "window": settings.REFUND_WINDOW_DAYS,
        "fee": settings.REFUND_FEE_PERCENT,
        "ways": [(name, way.label, bool(way.renews and quote.every)) for name, way in ways.items()],
        "can_renew": any(way.renews and quote.every for way in ways.values()),
        "is_test": "sandbox" in ways,
        "sells": bool(settings.PAYMENTS),
        "address": request.build_absolute_uri(),
    }


def _next(request: HttpRequest) -> str:
    """A place in this school to come back to, or nothing."""
    there = request.POST.get("next", "") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    return there if is_ours and len(there) <= 300 else ""

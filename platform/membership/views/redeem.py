from typing import Any, cast

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.requests import login_required
from membership import services
from membership.errors import CodeRefused
from membership.models import Code, Grant
from payments import goods as shop
from payments.errors import NotForSale
from web.limits import TooMany, address_of

LONGEST = 80  # of what may be typed; more is no code


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def redeem(request: HttpRequest) -> HttpResponse:
    """What a code opens, and then, with POST `do=redeem`, to open it. `?code=` comes with the link of a gift."""
    typed = (request.POST.get("code") or request.GET.get("code", ""))[:LONGEST]
    context: dict[str, Any] = {"typed": typed}
    try:
        if request.method == "POST" and request.POST.get("do") == "redeem":
            return redirect("membership:redeemed", services.redeem(**_asked(request, typed)).pk)
        if typed:
            context["code"] = services.look_up(**_asked(request, typed))
    except CodeRefused as refusal:
        context["sentence"] = refusal.sentence
    except TooMany as refusal:
        response = render(request, "membership/redeem.html", context | {"sentence": refusal.sentence}, status=429)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    if typed and "code" in context and context["code"].redeemed_at:
        return redirect("membership:redeemed", context["code"].pk)
    return render(request, "membership/redeem.html", context)


@login_required
@never_cache
@require_GET
def redeemed(request: HttpRequest, pk: int) -> HttpResponse:
    """What a code has opened for the person who redeemed it, and the way on."""
    person = cast(User, request.user)
    code = get_object_or_404(Code.objects.redeemed_by(person).select_related("batch"), pk=pk)
    given = Grant.objects.of(person).filter(Q(source=code.grant_source) | Q(source__startswith=f"{code.grant_source}/"))
    context = {"code": code, "grants": given.standing().order_by("starts_at"), "onward": _onward(code)}
    return render(request, "membership/redeemed.html", context)


def _asked(request: HttpRequest, typed: str) -> dict[str, Any]:
    return {"person": cast(User, request.user), "code": typed, "address": address_of(request)}


def _onward(code: Code) -> str:
    """To the course itself; what opens many is entered at the list of them."""
    goods = code.gives.goods
    try:
        return shop.thing(goods).url or "/" if goods.startswith("course:") else "/courses/"
    except NotForSale:
        return "/"

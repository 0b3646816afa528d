import secrets
import uuid
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.requests import login_required
from payments.errors import PaymentRefused
from payments.models import Order
from payments.providers.wechat import openid
from payments.views.till import to_the_till

STATE = "wechat_state"


@login_required
@never_cache
@require_GET
def ask_openid(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """By way of WeChat, which sends the buyer back here with ``code`` and ``state``, to the till."""
    order = get_object_or_404(Order.objects.of(cast(User, request.user)).filter(provider="wechat"), number=number)
    if "code" not in request.GET:
        request.session[STATE] = secrets.token_urlsafe(24)
        here = request.build_absolute_uri(request.path)
        return redirect(openid.where_to_ask(come_back=here, state=request.session[STATE]))
    try:
        return _on(request, order)
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(order)


def _on(request: HttpRequest, order: Order) -> HttpResponse:
    """Only with the state that this browser was sent away with: nobody pays under a name that someone else slipped in."""
    sent_with = request.session.pop(STATE, "")
    if not sent_with or not constant_time_compare(request.GET.get("state", ""), sent_with):
        messages.error(request, _("微信没有认出你，请再点一次付款。"))
        return redirect(order)
    request.session["wechat_openid"] = openid.of(request.GET["code"])
    return to_the_till(request, order)

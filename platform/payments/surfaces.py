"""What a page is open in: WeChat, a phone or a desktop; and who asks from there."""

import re

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from payments.models import Order
from payments.providers.base import Surface, Visit
from web.limits import address_seen

WECHAT = re.compile(r"MicroMessenger", re.IGNORECASE)
PHONE = re.compile(r"Mobi|Android|iPhone|iPad|HarmonyOS", re.IGNORECASE)


def surface_of(request: HttpRequest) -> Surface:
    agent = request.headers.get("User-Agent", "")
    if WECHAT.search(agent):
        return Surface.WECHAT if PHONE.search(agent) else Surface.DESKTOP
    return Surface.PHONE if PHONE.search(agent) else Surface.DESKTOP


def visit_of(request: HttpRequest, order: Order) -> Visit:
    come_back = reverse("payments:order", args=[order.number])
    notify = reverse("payments:webhook", args=[order.provider])
    return Visit(
        surface=surface_of(request),
        come_back=request.build_absolute_uri(come_back),
        notify=request.build_absolute_uri(notify),
        ip=address_seen(request),
        openid=request.session.get("wechat_openid", ""),
        language=get_language() or "",
    )

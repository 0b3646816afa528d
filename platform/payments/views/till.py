"""The way from a page of ours to the provider's."""

import uuid
from contextlib import suppress
from typing import cast

import segno
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.requests import login_required
from payments import providers, services
from payments.errors import PaymentRefused, ProviderUnreachable
from payments.models import Order
from payments.providers.base import GoTo, Scan, Step
from payments.surfaces import visit_of

ASK_EVERY_SECONDS = 4


def to_the_till(request: HttpRequest, order: Order) -> HttpResponse:
    """To the provider's page, or to ours with the code to scan; to the order's with a sentence when neither is to be had."""
    try:
        step = services.start_payment(order=order, visit=visit_of(request, order))
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:order", number=order.number)
    return _go(step) if isinstance(step, GoTo) else redirect("payments:till", number=order.number)


@login_required
@never_cache
@require_GET
def till(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """A code to scan, or the payment sheet of WeChat's browser; it waits for the money and then goes on by itself."""
    order = get_object_or_404(Order.objects.of(cast(User, request.user)), number=number)
    try:
        step = services.start_payment(order=order, visit=visit_of(request, order))
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:order", number=order.number)
    return _go(step) if isinstance(step, GoTo) else _show(request, order, step)


@login_required
@never_cache
@require_GET
def state(request: HttpRequest, number: uuid.UUID) -> JsonResponse:
    """`{"state": …}`, for a page that waits. The provider is asked every few seconds at most."""
    order = get_object_or_404(Order.objects.of(cast(User, request.user)), number=number)
    if order.is_pending and cache.add(f"pay-asked:{order.pk}", 1, ASK_EVERY_SECONDS):
        with suppress(ProviderUnreachable):  # its notice may still come
            services.refresh(order=order)
    return JsonResponse({"state": order.state})


def _go(step: GoTo) -> HttpResponse:
    """WeChat's page for phones turns away whoever comes without the school's address; the path stays with us."""
    gone = redirect(step.url)
    gone["Referrer-Policy"] = "origin"
    return gone


def _show(request: HttpRequest, order: Order, step: Step) -> HttpResponse:
    context: dict[str, object] = {"order": order, "label": providers.provider(order.provider).label}
    if isinstance(step, Scan):
        drawn = segno.make(step.content, error="m").svg_inline(scale=6, border=2, omitsize=True)
        return render(request, "payments/scan.html", context | {"code": mark_safe(drawn)})  # noqa: S308  drawn by us
    return render(request, "payments/bridge.html", context | {"params": getattr(step, "params", {})})

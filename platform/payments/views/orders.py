import uuid
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from payments import services
from payments.errors import PaymentRefused, ProviderUnreachable
from payments.models import Order, Payment, Refund
from payments.views.till import to_the_till


@login_required
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    return render(request, "payments/orders.html", {"orders": Order.objects.of(cast(User, request.user))})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def order(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """Where the buyer comes back to. POST `do`: pay, close or refund."""
    found = get_object_or_404(Order.objects.of(cast(User, request.user)), number=number)
    if request.method == "POST":
        return _do(request, found)
    return render(request, "payments/order.html", _facts(request, found))


def _do(request: HttpRequest, order: Order) -> HttpResponse:
    wish = request.POST.get("do", "")
    try:
        if wish == "pay":
            return to_the_till(request, order)
        if wish == "close":
            services.close_order(order=order)
        elif wish == "refund":
            services.refund_by_buyer(order=order)
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("payments:order", number=order.number)


def _facts(request: HttpRequest, order: Order) -> dict[str, object]:
    is_heard = _refreshed(order)
    refunds = Refund.objects.filter(payment__order=order).order_by("pk")
    last = order.payments.order_by("pk").last()
    return {
        "order": order,
        "is_heard": is_heard,
        "declined": last if order.is_pending and last and last.state == Payment.State.DECLINED else None,
        "refunds": refunds,
        "is_refunding": any(one.state == Refund.State.PENDING for one in refunds),
        "onward": order.return_to or order.url or "/",
    }


def _refreshed(order: Order) -> bool:
    """Ask the provider while something is open; False when it does not answer."""
    is_open = order.is_pending or Refund.objects.filter(payment__order=order, state=Refund.State.PENDING).exists()
    try:
        if is_open:
            services.refresh(order=order)
    except ProviderUnreachable:
        return False
    return True

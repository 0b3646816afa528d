import uuid
from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.requests import login_required
from payments import goods as shop
from payments import services
from payments.errors import NotForSale, PaymentRefused, ProviderUnreachable
from payments.forms import InvoiceForm
from payments.models import Invoice, Order, Payment, Refund
from payments.receipt import receipt as write_receipt
from payments.views.till import to_the_till


@login_required
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    return render(request, "payments/orders.html", {"orders": Order.objects.of(cast(User, request.user))})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def order(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """Where the buyer comes back to. POST `do`: pay, close, refund or invoice."""
    found = get_object_or_404(Order.objects.of(cast(User, request.user)), number=number)
    form = InvoiceForm(request.POST if request.POST.get("do") == "invoice" else None, order=found)
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        return _do(request, found, form)
    return render(request, "payments/order.html", _facts(request, found) | {"form": form})


@login_required
@require_GET
def receipt(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """What was paid, as PDF."""
    found = get_object_or_404(Order.objects.of(cast(User, request.user)), number=number)
    if found.paid_at is None:
        raise Http404
    name = f'attachment; filename="receipt-{found.number}.pdf"'
    return HttpResponse(write_receipt(found), content_type="application/pdf", headers={"Content-Disposition": name})


def _do(request: HttpRequest, order: Order, form: InvoiceForm) -> HttpResponse:
    wish = request.POST.get("do", "")
    try:
        if wish == "pay":
            return to_the_till(request, order)
        if wish == "close":
            services.close_order(order=order)
        elif wish == "refund":
            services.refund_by_buyer(order=order)
        elif wish == "invoice":
            services.ask_invoice(order=order, **form.cleaned_data)
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
        "is_begun": bool(order.is_pending and last and last.state == Payment.State.OPEN),
        "refunds": refunds,
        "is_refunding": any(one.state == Refund.State.PENDING for one in refunds),
        "onward": order.return_to or order.url or "/",
        "invoice": Invoice.objects.filter(order=order).first(),
        "slip": _told(request, order, shop.slip) if order.is_paid else "",
        "follows": _told(request, order, shop.follows) if order.is_paid else "",
        **_giving_back(order),
    }


def _giving_back(order: Order) -> dict[str, object]:
    """What a refund would bring now, or why there is none."""
    if not order.is_refundable_by_buyer:
        return {}
    try:
        kept = shop.why_kept(name=order.goods, source=order.source)
        return {"kept": kept, "due": services.refund_due(order=order)}
    except PaymentRefused as refusal:
        return {"kept": str(refusal)}


Tells = Callable[..., tuple[str, dict[str, Any]] | None]


def _told(request: HttpRequest, order: Order, tells: Tells) -> SafeString | str:
    """What the goods have to show to whoever paid for them."""
    try:
        told = tells(name=order.goods, source=order.source)
    except NotForSale:
        return ""
    return render_to_string(told[0], told[1] | {"order": order}, request) if told else ""


def _refreshed(order: Order) -> bool:
    """Ask the provider while something is open; False when it does not answer."""
    is_open = order.is_pending or Refund.objects.filter(payment__order=order, state=Refund.State.PENDING).exists()
    try:
        if is_open:
            services.refresh(order=order)
    except ProviderUnreachable:
        return False
    return True

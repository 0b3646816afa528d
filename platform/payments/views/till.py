"""The way from a page of ours to the provider's."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from payments import services
from payments.errors import PaymentRefused
from payments.models import Order
from payments.providers.base import Addresses


def to_the_till(request: HttpRequest, order: Order) -> HttpResponse:
    """To the provider's page; to the order's with a sentence when there is none to go to."""
    try:
        return redirect(services.start_payment(order=order, addresses=_addresses(request, order)))
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:order", number=order.number)


def _addresses(request: HttpRequest, order: Order) -> Addresses:
    come_back = reverse("payments:order", args=[order.number])
    notify = reverse("payments:webhook", args=[order.provider])
    return Addresses(request.build_absolute_uri(come_back), request.build_absolute_uri(notify))

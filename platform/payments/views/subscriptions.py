from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.requests import login_required
from payments import services
from payments.errors import PaymentRefused
from payments.models import Subscription


@login_required
@require_POST
def subscription(request: HttpRequest, number: int) -> HttpResponse:
    """POST `do`: cancel (what is paid stays open), resume, or portal (the provider's page for the card)."""
    mine = Subscription.objects.filter(person=cast(User, request.user)).alive()
    found = get_object_or_404(mine, pk=number)
    me = reverse("accounts:me")
    try:
        wish = request.POST.get("do", "")
        if wish == "portal":
            return redirect(services.portal(subscription=found, come_back=request.build_absolute_uri(me)))
        if wish in ("cancel", "resume"):
            {"cancel": services.cancel, "resume": services.resume}[wish](subscription=found)
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(me)

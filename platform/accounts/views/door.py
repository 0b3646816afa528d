"""The one way in: an address, and the code that was sent to it."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.views import ConfirmLoginCodeView, RequestLoginCodeView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.forms import AskCodeForm
from web.limits import Limit, address_of

TYPED = Limit("type-code", most=30, seconds=600)
"""Wrong ones; a class room may share an address."""


class AskCode(RequestLoginCodeView):
    """Ask for a code. Too many tries are told so, and how long to wait."""

    form_class = AskCodeForm
    template_name = "account/login.html"

    def get_authenticated_redirect_url(self) -> str:
        """On to where they were going, unless that is the office, which sent them here because they may not enter."""
        url = str(super().get_authenticated_redirect_url())
        office = url.startswith((reverse("wagtailadmin_home"), reverse("admin:index")))
        if office and not self.request.user.has_perm("wagtailadmin.access_admin"):
            raise PermissionDenied
        return url

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: object) -> None:
        """Whoever comes back to the door with a code under way may write another address: answer nothing, go on."""

    def form_invalid(self, form: AskCodeForm) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if form.refusal:
            response.status_code = 429
            response.headers["Retry-After"] = str(form.refusal.retry_after)
        return response


class TypeCode(ConfirmLoginCodeView):
    """The third wrong code voids the right one; at one address, not many are tried in all."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Raises `TooMany`."""
        TYPED.spend(address_of(request))
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        TYPED.give_back(address_of(self.request))
        response: HttpResponse = super().form_valid(form)
        return response


def old_way(request: HttpRequest) -> HttpResponse:
    """Joining and signing in are the same door."""
    where = request.GET.get("next")
    return redirect(reverse("account_login") + (f"?{urlencode({'next': where})}" if where else ""))

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.forms import MeForm
from accounts.models import User
from accounts.requests import PersonRequest


@login_required
def me(request: PersonRequest) -> HttpResponse:
    """My name, my language, the way out."""
    form = MeForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return render(request, "accounts/me.html", {"form": form})
    person = form.save()
    messages.success(request, _("已保存。"))
    response = redirect("accounts:me")
    if person.language:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, person.language, samesite="Lax")
    return response

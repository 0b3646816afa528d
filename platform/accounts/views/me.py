from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.forms import MeForm
from accounts.models import User
from accounts.requests import PersonRequest, login_required
from accounts.sections import sections_of
from web.marks import mark

YEAR = 60 * 60 * 24 * 365


@login_required
def me(request: PersonRequest) -> HttpResponse:
    """What I am called, what I may open, my cohorts, how pages look to me, the way out."""
    person = User.objects.get(pk=request.user.pk)
    form = MeForm(request.POST or None, instance=person)
    if form.is_bound and form.is_valid():
        form.save()
        messages.success(request, _("已保存。"))
        return redirect("accounts:me")
    context = {"form": form, "sections": sections_of(request.user, request), "links": _links(request)}
    return render(request, "accounts/me.html", context)


@login_required
@require_POST
def language(request: PersonRequest) -> HttpResponse:
    """Keep the language with the person, for their mails, and in a cookie, for pages before signing in."""
    response = redirect("accounts:me")
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return response
    User.objects.filter(pk=request.user.pk).update(language=chosen)
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=YEAR, samesite="Lax")
    with translation.override(chosen):
        messages.success(request, _("已保存。"))
    return response


def _links(request: PersonRequest) -> list[tuple[str, str, str]]:
    """(address, word, what waits there) of the pages that are open in this school."""
    named = [
        ("notifications:mine", _("通知")),
        ("notes:mine", _("我的笔记")),
        ("certificates:mine", _("我的证书")),
        ("downloads:mine", _("下载的课")),
        ("feeds:own", _("在播客 App 里听")),
        ("payments:orders", _("我的订单")),
        ("membership:plans", _("会员")),
    ]
    return [(url, word, mark(request, name.partition(":")[0])) for name, word in named if (url := _address(name))]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest, login_required
from membership import services
from membership.errors import MembershipRefused
from membership.period import day


@login_required
@require_POST
def pause(request: PersonRequest) -> HttpResponse:
    try:
        made = services.pause(person=request.user)
    except MembershipRefused as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("会员暂停了，剩下的天数都留着。最晚 %(day)s 自己恢复，想早点随时可以。")
        messages.success(request, said % {"day": day(made.ends_at)})
    return redirect("membership:plans")


@login_required
@require_POST
def resume(request: PersonRequest) -> HttpResponse:
    try:
        services.resume(person=request.user)
    except MembershipRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("会员恢复了，现在就能听。"))
    return redirect("membership:plans")

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest, login_required
from membership.errors import MembershipRefused
from membership.models import Plan
from membership.period import day
from membership.services import start_trial


@login_required
@require_POST
def trial(request: PersonRequest, plan: int) -> HttpResponse:
    """Begin it; the page of memberships says how long it lasts, or why not."""
    found = get_object_or_404(Plan.objects.on_sale(), pk=plan)
    try:
        grant = start_trial(person=request.user, plan=found)
    except MembershipRefused as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("试用开始了，到 %(day)s 自己结束，不扣钱。") % {"day": day(grant.ends_at)} if grant.ends_at else ""
        messages.success(request, said)
    return redirect("membership:plans")

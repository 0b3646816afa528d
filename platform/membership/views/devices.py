from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest, login_required
from membership import devices
from membership.models import Device


@login_required
@require_POST
def release(request: PersonRequest, pk: int) -> HttpResponse:
    """Take one of one's own devices off the list."""
    device = get_object_or_404(Device.objects.standing_of(request.user), pk=pk)
    devices.release(device=device)
    messages.success(request, _("已移除「%(name)s」，那里已经退出登录。") % {"name": device.name})
    return redirect("accounts:me")

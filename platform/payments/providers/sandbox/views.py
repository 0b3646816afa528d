from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from payments.models import SandboxCharge
from payments.providers.sandbox import desk


@never_cache
@require_http_methods(["GET", "POST"])
def cashier(request: HttpRequest, reference: str) -> HttpResponse:
    """The page a real provider would host. Whoever knows the reference may use it, as there. POST `do`: pay, decline."""
    if "sandbox" not in settings.PAYMENTS:
        raise Http404
    charge = get_object_or_404(SandboxCharge, reference=reference)
    if request.method == "GET":
        return render(request, "payments/sandbox.html", {"charge": charge})
    wish = request.POST.get("do")
    if wish in ("pay", "decline"):
        desk.settle(charge=charge, pay=wish == "pay")
    return redirect(charge.return_url)

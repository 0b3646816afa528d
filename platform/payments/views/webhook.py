from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import providers, services
from payments.errors import NoWayToPay, ProviderUnreachable, WebhookRefused


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """What the provider wants to hear when it is taken, now or before; 400 and a sentence when it is not believed.

    5xx asks the provider to try again.
    """
    try:
        till = providers.provider(provider)
    except NoWayToPay as refusal:
        raise Http404 from refusal
    try:
        services.receive_webhook(provider=provider, headers=request.headers, body=request.body)
        status, kind, body = till.thanks()
    except WebhookRefused as refusal:
        status, kind, body = till.refusal(str(refusal))
    except ProviderUnreachable:  # what the notice leaves open could not be asked
        return HttpResponse(status=503)
    return HttpResponse(body, status=status, content_type=kind)

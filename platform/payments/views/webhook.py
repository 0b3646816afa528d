from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import services
from payments.errors import NoWayToPay, WebhookRefused


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """200 when taken, now or before; 400 with a sentence when not believed; 5xx asks the provider to try again."""
    try:
        services.receive_webhook(provider=provider, headers=request.headers, body=request.body)
    except NoWayToPay as refusal:
        raise Http404 from refusal
    except WebhookRefused as refusal:
        return HttpResponse(str(refusal), status=400, content_type="text/plain; charset=utf-8")
    return HttpResponse("ok", content_type="text/plain")

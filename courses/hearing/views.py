"""Where the player tells what was heard."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from courses.hearing import services
from courses.hearing.errors import HearingRefused, NotYourTicket, TicketTooOld, TooMuch
from courses.hearing.report import MOST_BYTES, read_report
from courses.hearing.ticket import BEGINNING, MS, check
from courses.models import Heard
from web.limits import Limit, TooMany

BY_PERSON = Limit("heard", most=120, seconds=60)
STATUSES = {NotYourTicket: 403, TicketTooOld: 410, TooMuch: 413}


@never_cache
@require_http_methods(["GET", "POST"])
def heard(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: who is signed in, and the token to send with; for a page that has something to send, and no lesson to know it by.

    POST credits a report, see `courses.hearing.report`. 2xx, 400, 410 and 413 are for good; after anything else it may come
    again. `now`: by the server's clock, so that the browser can tell how its own is off.
    """
    if request.method == "GET":
        return JsonResponse({"listener": request.user.pk or 0, "token": get_token(request)})
    if not isinstance(request.user, User):
        return _refusal("login", _("请先登录，听过的会接着记上。"), 401)
    try:
        BY_PERSON.spend(request.user.pk)
        report = read_report(_body(request))
        ticket = check(report.ticket, person=request.user, lesson=pk)
        row = services.hear(person=request.user, ticket=ticket, spans=report.spans, place=report.place)
    except TooMany as refusal:
        return _refusal("slower", refusal.sentence, 429, {"Retry-After": str(refusal.retry_after)})
    except HearingRefused as refusal:
        return _refusal(refusal.name, str(refusal), STATUSES.get(type(refusal), 400))
    return JsonResponse(_credited(row))


def _body(request: HttpRequest) -> bytes:
    """More is not even read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise TooMuch
    return request.body


def _credited(row: Heard) -> dict[str, int]:
    return {"ear_ms": row.ear_ms, "heard_ms": row.heard_ms, "now": (timezone.now() - BEGINNING) // MS}


def _refusal(name: str, sentence: str, status: int, headers: dict[str, str] | None = None) -> JsonResponse:
    return JsonResponse({"name": name, "error": sentence}, status=status, headers=headers)

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import User
from membership import streams


@never_cache
@require_POST
def listening(request: HttpRequest) -> JsonResponse:
    """A player says every few seconds that it plays, with `begins` when somebody pressed play; 409 says why it must stop."""
    if not isinstance(request.user, User):
        return JsonResponse({}, status=401)
    why = streams.beat(request.user, begins=bool(request.POST.get("begins")))
    return JsonResponse({"error": why}, status=409) if why else JsonResponse({})

from django.http import HttpRequest, HttpResponse, JsonResponse

from live.errors import BadInput
from live.models import Broadcast
from live.services import stopping
from live.views.find import hosted_lesson
from live.views.spoken import body_of, spoken_post


@spoken_post
def halt(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Silence every cohort at once, or (`{"on": false}`) let the lesson go on."""
    __, broadcast = hosted_lesson(request.user, lesson_id)
    on = body_of(request).get("on", True)
    if not isinstance(on, bool):
        raise BadInput
    return _standing(stopping.halt(broadcast=broadcast) if on else stopping.resume(broadcast=broadcast))


@spoken_post
def hold_back(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Let everyone hear it some seconds late."""
    __, broadcast = hosted_lesson(request.user, lesson_id)
    seconds = body_of(request).get("seconds")
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise BadInput
    return _standing(stopping.hold_back(broadcast=broadcast, seconds=seconds))


def _standing(broadcast: Broadcast) -> JsonResponse:
    return JsonResponse({"halted": broadcast.halted_at is not None, "hold_back": broadcast.hold_back})

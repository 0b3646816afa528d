import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courses.access import lesson_access
from live.access import may_host
from live.services.clips import silenced
from live.services.sofar import minute_of
from live.views.find import live_lesson


@never_cache
@require_safe
def sofar(request: HttpRequest, lesson_id: int, minute: int) -> HttpResponse:
    """One minute of what was spoken so far, as frames, for those who may listen. The header names what was retracted."""
    lesson, broadcast = live_lesson(lesson_id)
    answer = lesson_access(request.user, lesson)
    if not may_host(request.user, lesson) and not answer.allowed:
        return JsonResponse({"error": answer.sentence}, status=403 if request.user.is_authenticated else 401)
    frames = minute_of(broadcast=broadcast, n=minute)
    gone = json.dumps(silenced(broadcast), separators=(",", ":"))
    return HttpResponse(frames, content_type="application/octet-stream", headers={"X-Retracted": gone})

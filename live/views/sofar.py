import json

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from live.services.edits import silenced
from live.services.sofar import minute_of
from live.views.find import heard_lesson
from live.views.spoken import spoken


@never_cache
@require_safe
@spoken
def sofar(request: HttpRequest, lesson_id: int, minute: int) -> HttpResponse:
    """One minute of what was spoken so far, as frames, for those who may listen. The header names what was retracted."""
    __, broadcast = heard_lesson(request.user, lesson_id)
    frames = minute_of(broadcast=broadcast, n=minute)
    gone = json.dumps(silenced(broadcast), separators=(",", ":"))
    return HttpResponse(frames, content_type="application/octet-stream", headers={"X-Retracted": gone})

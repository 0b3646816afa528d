"""What hosts do to a clip after it was sent."""

from collections.abc import Callable
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from live.errors import BadInput
from live.models import Broadcast
from live.services import clips
from live.views.find import hosted_lesson
from live.views.spoken import body_of, spoken, spoken_post
from live.views.timeline import Timeline

Said = dict[str, Any]


@spoken_post
def edit_clip(request: HttpRequest, lesson_id: int, n: int, verb: str) -> HttpResponse:
    """Retract, restore, replace or trim; answers with every clip as it stands now."""
    _, broadcast = hosted_lesson(request.user, lesson_id)
    if verb not in VERBS:
        raise Http404
    VERBS[verb](broadcast, n, cast(User, request.user), body_of(request))
    broadcast.refresh_from_db()
    return JsonResponse({"clips": Timeline(broadcast, host=True).clips()})


@never_cache
@require_safe
@spoken
def clip_sound(request: HttpRequest, lesson_id: int, n: int) -> HttpResponse:
    """The clip as it was spoken, also when it was retracted: for hosts alone."""
    _, broadcast = hosted_lesson(request.user, lesson_id)
    sound = clips.sound_of(broadcast=broadcast, n=n)
    return HttpResponse(sound, content_type="audio/ogg", headers={"X-Content-Type-Options": "nosniff"})


def _retract(broadcast: Broadcast, n: int, by: User, said: Said) -> None:
    clips.retract(broadcast=broadcast, n=n, by=by)


def _restore(broadcast: Broadcast, n: int, by: User, said: Said) -> None:
    clips.restore(broadcast=broadcast, n=n, by=by)


def _replace(broadcast: Broadcast, n: int, by: User, said: Said) -> None:
    clips.replace(broadcast=broadcast, n=n, new=_whole(said, "new"), by=by)


def _trim(broadcast: Broadcast, n: int, by: User, said: Said) -> None:
    clips.trim(broadcast=broadcast, n=n, start_ms=_whole(said, "start_ms"), end_ms=_whole(said, "end_ms"), by=by)


VERBS: dict[str, Callable[[Broadcast, int, User, Said], None]] = {
    "retract": _retract,
    "restore": _restore,
    "replace": _replace,
    "trim": _trim,
}


def _whole(said: Said, name: str) -> int:
    value = said.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 1 << 31:
        raise BadInput
    return value

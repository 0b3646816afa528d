from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from live.access import may_host, seat
from live.engine.hub import hub
from live.models import Broadcast, Message
from live.services.microphone import position
from live.services.talk import chat_line, question_line
from live.views.find import open_lesson
from live.views.spoken import spoken
from live.views.timeline import Timeline

RECENT = 500


@never_cache
@require_safe
@spoken
def log(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The lesson log: everything a page needs to be rebuilt, for those who may listen."""
    lesson, broadcast = open_lesson(request.user, lesson_id)
    host = may_host(request.user, lesson)
    wanted = request.GET.get("cohort", "")
    cohort = None if host or not wanted.isdecimal() else seat(request.user, broadcast, int(wanted))  # type: ignore[arg-type]
    messages = broadcast.messages.select_related("person", "cohort", "broadcast__lesson__course")
    if not host:
        messages = messages.filter(cohort=cohort)
    timeline = Timeline(broadcast, host=host)
    facts = _facts(broadcast, timeline) | {"messages": timeline.lines(_lines(messages))}
    facts |= _for_host(broadcast) if host else {}
    if host and "had" in request.GET:
        facts["had"] = position(broadcast).had
    return JsonResponse(facts)


def _facts(broadcast: Broadcast, timeline: Timeline) -> dict[str, Any]:
    room = hub().rooms.get(broadcast.pk)
    audio = broadcast.lesson.audio
    return {
        "state": broadcast.state,
        "epoch": broadcast.epoch,
        "t": timeline.at(max(broadcast.media_t, room.t if room else 0)),
        "slide": broadcast.slide,
        "slides": slide_list(broadcast),
        "edit": broadcast.replay_edit,
        "clips": timeline.clips(),
        "events": timeline.events(),
        "sources": audio.sources() if broadcast.state == Broadcast.State.ENDED and audio else [],
        "listeners": room.load()[0] if room else 0,
    }


def slide_list(broadcast: Broadcast) -> list[dict[str, Any]]:
    return [{"n": slide.n, "url": slide.image.url} for slide in broadcast.slides.select_related("image")]


def _lines(messages: Any) -> list[dict[str, Any]]:
    newest: list[Message] = list(messages.order_by("-id")[:RECENT])
    return [chat_line(message) for message in reversed(newest)]


def _for_host(broadcast: Broadcast) -> dict[str, Any]:
    questions = broadcast.questions.select_related("person", "cohort")
    return {"questions": [question_line(question) for question in questions]}

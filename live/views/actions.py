"""What the live pages ask for over HTTP: JSON in, JSON out, one sentence when refused."""

from functools import partial
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.models import Cohort
from courses.access import lesson_access
from live.access import may_host, relayed, seat
from live.errors import BadInput, NoAccess
from live.models import Question, Ticket
from live.services import broadcasts, talk
from live.services import slides as slide_services
from live.services.relaying import relay_to
from live.services.tickets import issue_ticket
from live.views.find import hosted_lesson, live_lesson, open_lesson
from live.views.log import slide_list
from live.views.spoken import body_of, spoken_post

LARGEST_UPLOAD = 30 * 1024 * 1024


@spoken_post
def ticket(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """A ticket for one of the lesson's sockets."""
    lesson, broadcast = live_lesson(lesson_id)
    wanted = body_of(request)
    part = wanted.get("part")
    if part not in Ticket.Part.values:
        raise BadInput
    person = cast(User, request.user)
    try:
        made = issue_ticket(person=person, broadcast=broadcast, part=part, cohort_id=_cohort_id(wanted))
    except NoAccess as refusal:
        offers = [offer.__dict__ for offer in lesson_access(person, lesson).offers]
        return JsonResponse({"error": str(refusal.sentence), "code": refusal.code, "offers": offers}, status=403)
    return JsonResponse({"ticket": made, "path": f"/ws/{part}/"}, status=201)


@spoken_post
def chat(request: HttpRequest, lesson_id: int) -> HttpResponse:
    return JsonResponse(talk.chat_line(talk.say_in_chat(**_line(request, lesson_id))), status=201)


@spoken_post
def ask(request: HttpRequest, lesson_id: int) -> HttpResponse:
    return JsonResponse(talk.question_line(talk.ask(**_line(request, lesson_id))), status=201)


@spoken_post
def answer(request: HttpRequest, lesson_id: int, question_id: int) -> HttpResponse:
    __, broadcast = hosted_lesson(request.user, lesson_id)
    question = get_object_or_404(broadcast.questions.select_related("person", "cohort"), pk=question_id)
    done: Question = talk.answer_question(question=question, state=str(body_of(request).get("state")))
    return JsonResponse(talk.question_line(done))


@spoken_post
def slides(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Append an upload's pages to the slides."""
    __, broadcast = hosted_lesson(request.user, lesson_id)
    file = request.FILES.get("file")
    if file is None or not file.size:
        raise BadInput(_("没有收到文件。选一张图片或一份 PDF 再试。"))
    if file.size > LARGEST_UPLOAD:
        raise BadInput(_("文件超过 30 MB。压缩后再传，或拆成几份。"))
    slide_services.add_slides(
        broadcast=broadcast, data=file.read(), mime=file.content_type or "", by=cast(User, request.user)
    )
    return JsonResponse({"slides": slide_list(broadcast)}, status=201)


@spoken_post
def relay(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Relay the lesson to exactly the named cohorts, of those one may relay to."""
    __, broadcast = hosted_lesson(request.user, lesson_id)
    ids = body_of(request).get("cohorts")
    if not isinstance(ids, list) or not all(isinstance(pk, int) and 0 < pk < 2**63 for pk in ids):
        raise BadInput
    relay_to(broadcast=broadcast, cohorts=Cohort.objects.filter(pk__in=ids), by=cast(User, request.user))
    return JsonResponse({"cohorts": sorted(broadcast.relays.values_list("cohort", flat=True))})


@spoken_post
def end(request: HttpRequest, lesson_id: int) -> HttpResponse:
    __, broadcast = hosted_lesson(request.user, lesson_id)
    return JsonResponse({"state": broadcasts.end_broadcast(broadcast=broadcast).state})


def _line(request: HttpRequest, lesson_id: int) -> dict[str, Any]:
    """Who says what, where; for those who may listen."""
    lesson, broadcast = open_lesson(request.user, lesson_id)
    person, said = cast(User, request.user), body_of(request)
    found = relayed if may_host(person, lesson) else partial(seat, person)
    cohort = found(broadcast, _cohort_id(said))
    return {"person": person, "broadcast": broadcast, "cohort": cohort, "text": said.get("text", "")}


def _cohort_id(said: dict[str, Any]) -> int | None:
    value = said.get("cohort")
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise BadInput

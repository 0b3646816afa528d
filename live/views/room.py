from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from cohorts.models import Cohort
from courses.access import lesson_access
from live.access import cohorts_of, may_host
from live.views.find import live_lesson


@never_cache
@ensure_csrf_cookie
@require_safe
def room(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Waiting room, live room or replay, by the lesson's state; the price for those who may not come in."""
    lesson, broadcast = live_lesson(lesson_id)
    cohorts = cohorts_of(request.user, broadcast)
    cohort = _chosen(cohorts, request.GET.get("cohort", ""))
    context = {
        "lesson": lesson,
        "course": lesson.course,
        "broadcast": broadcast,
        "answer": lesson_access(request.user, lesson),
        "cohorts": cohorts,
        "cohort": cohort,
        "own_hour": broadcast.relays.filter(cohort=cohort).values_list("starts_at", flat=True).first(),
        "is_host": may_host(request.user, lesson),
    }
    return render(request, "live/room.html", context)


def _chosen(cohorts: list[Cohort], wanted: str) -> Cohort | None:
    return next((cohort for cohort in cohorts if str(cohort.pk) == wanted), cohorts[0] if cohorts else None)

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from accounts.requests import login_required
from courses.access import lesson_access
from live.access import relayable
from live.views.find import hosted_lesson

HOLD_BACKS = (0, 5, 10, 20)  # seconds to choose from
MOST_BOXES = 60  # cohorts to tick beside the microphone; more are chosen on the relay page


@never_cache
@ensure_csrf_cookie
@login_required
@require_safe
def console(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Where the instructor speaks."""
    lesson, broadcast = hosted_lesson(request.user, lesson_id)
    mine = relayable(request.user)  # type: ignore[arg-type]
    is_many = mine.count() > MOST_BOXES
    context = {
        "lesson": lesson,
        "course": lesson.course,
        "broadcast": broadcast,
        "answer": lesson_access(request.user, lesson),
        "cohorts": [] if is_many else list(broadcast.cohorts.all()),
        "cohort": None,
        "all_cohorts": [] if is_many else mine,
        "is_many": is_many,
        "relayed": broadcast.relays.count(),
        "hold_backs": HOLD_BACKS,
        "is_host": True,
    }
    return render(request, "live/console.html", context)

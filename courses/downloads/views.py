"""The page of what is on the device, and what the device asks the school about it."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from courses.downloads.errors import DownloadRefused
from courses.downloads.services import Kept, download_of, recording_of, still_kept
from courses.models import Lesson
from courses.programme import programme_of
from media.transcripts import read

MOST_LESSONS = 300
SIGN_IN = gettext_lazy("先登录，再下载。")


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The same for everyone: the device keeps it, and fills it with what lies there."""
    request.user = AnonymousUser()
    return render(request, "courses/downloads/mine.html", {"is_kept": True})


@require_safe
@never_cache
def lesson(request: HttpRequest, pk: int) -> HttpResponse:
    """All that is needed to hear this lesson without a network: `programme`, `sound` {url, mime, bytes, recording}, `lines` of the
    transcript [{ms, text}] and `until`, milliseconds since 1970.
    """
    if not isinstance(request.user, User):
        return JsonResponse({"error": str(SIGN_IN)}, status=401)
    lessons = Lesson.objects.select_related("course__instructor", "course__tier", "audio")
    found = get_object_or_404(lessons.prefetch_related("audio__renditions"), pk=pk)
    try:
        download = download_of(person=request.user, lesson=found)
    except DownloadRefused as refusal:
        return JsonResponse({"error": str(refusal)}, status=403)
    sound = download.sound
    return JsonResponse(
        {
            "programme": programme_of(request, found),
            "sound": {"url": sound.url, "mime": sound.mime, "bytes": sound.size, "recording": recording_of(found)},
            "lines": [
                {"ms": cue.start_ms, "text": cue.text} for cue in read(found.audio.transcript if found.audio else "")
            ],
            "until": round(download.until.timestamp() * 1000),
        }
    )


@require_safe
@never_cache
def kept(request: HttpRequest) -> HttpResponse:
    """Asked by a device with `?lessons=1,2`: who is signed in, and of each lesson until when it may be played, or why no more."""
    person = request.user
    if not isinstance(person, User):
        return JsonResponse({"listener": 0, "lessons": {}})
    words = request.GET.get("lessons", "").split(",")
    numbers = [int(word) for word in words if word.isdecimal() and len(word) < 10][:MOST_LESSONS]
    answers = still_kept(person=person, numbers=numbers)
    return JsonResponse({"listener": person.pk, "lessons": {number: _facts(each) for number, each in answers.items()}})


def _facts(kept: Kept) -> dict[str, Any]:
    if kept.until is None:
        return {"why": kept.why}
    return {"until": round(kept.until.timestamp() * 1000), "ticket": kept.ticket, "recording": kept.recording}

"""Live HLS: a playlist and its segments, each time asking who is there."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from live.models import Broadcast
from live.services import hls
from live.views.find import heard_lesson
from live.views.spoken import spoken
from media.store import store
from web.limits import Limit, spend

BY_PERSON = Limit("hls-person", most=300, seconds=60)
BY_ADDRESS = Limit("hls-address", most=6000, seconds=60)  # a class room listens to what is free
LINK_SECONDS = 5  # a redirect is followed at once; a player that was late asks us again


@never_cache
@require_safe
@spoken
def hls_playlist(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """For those who may listen now; asked again with every fetch."""
    spend(request, person=BY_PERSON, address=BY_ADDRESS)
    __, broadcast = heard_lesson(request.user, lesson_id)
    if not broadcast.hls.exists():
        is_over = broadcast.state == Broadcast.State.ENDED
        sentence = _("这一讲已经下课，请听回放。") if is_over else _("老师还没有开口，开讲后再听。")
        return JsonResponse({"error": sentence}, status=410 if is_over else 404)
    return HttpResponse(hls.playlist(broadcast=broadcast), content_type="application/vnd.apple.mpegurl")


@never_cache
@require_safe
@spoken
def hls_segment(request: HttpRequest, lesson_id: int, n: int) -> HttpResponse:
    """A redirect to a link that soon dies; what was taken back is not there."""
    spend(request, person=BY_PERSON, address=BY_ADDRESS)
    __, broadcast = heard_lesson(request.user, lesson_id)
    segment = get_object_or_404(broadcast.hls, n=n, is_gone=False)
    if not segment.key:
        raise Http404
    link = store().link(key=segment.key, mime=hls.MIME, seconds=LINK_SECONDS)
    return HttpResponse(status=302, headers={"Location": link})

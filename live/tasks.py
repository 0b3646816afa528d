"""What the worker does for the live room."""

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from live.models import Broadcast
from live.services.finalise import finalise_broadcast


@task()
def finalise(broadcast_id: int) -> None:
    """Make the replay once the microphone has let go; looks again in a second while it has not."""
    broadcast = Broadcast.objects.select_related("lesson__course__instructor", "lesson__audio").get(pk=broadcast_id)
    if broadcast.finalised_at:
        return
    now = timezone.now()
    if broadcast.mic_holder and broadcast.mic_until and broadcast.mic_until > now:
        finalise.using(run_after=now + timedelta(seconds=1)).enqueue(broadcast_id)
        return
    finalise_broadcast(broadcast=broadcast)

"""The lesson's slides: images or a PDF, one asset a page."""

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from live.errors import AlreadyEnded, BadInput
from live.models import Broadcast, Slide
from media.errors import MediaRefused
from media.services import keep
from media.slides import pages

MOST = 300


def add_slides(*, broadcast: Broadcast, data: bytes, mime: str, by: User) -> list[Slide]:
    """Append every page of an upload; raises `BadInput` with a sentence when it is no slide."""
    if broadcast.state == Broadcast.State.ENDED:
        raise AlreadyEnded
    try:
        images = pages(data=data, mime=mime)
    except MediaRefused as error:
        raise BadInput(str(error)) from None
    with transaction.atomic():
        locked = Broadcast.objects.select_for_update().get(pk=broadcast.pk)
        last = locked.slides.aggregate(last=Max("n"))["last"] or 0
        return [_add(locked, last + offset, image, by) for offset, image in enumerate(images, 1)]


def _add(broadcast: Broadcast, n: int, image: bytes, by: User) -> Slide:
    asset = keep(
        data=image,
        title=f"{broadcast.lesson.title} · {n}",
        kind="image",
        mime="image/webp",
        guard="slide",
        guarded_id=str(broadcast.lesson_id),
        by=by,
    )
    return Slide.objects.create(broadcast=broadcast, n=n, image=asset)

"""What the worker does for media."""

import contextlib

from django.conf import settings
from django_tasks import task

from media import joining, making
from media.errors import MediaRefused
from media.models import Asset, Upload
from media.services import sweep_renditions
from media.transcribing import forgotten, write_down
from media.uploads.finishing import check
from media.uploads.services import sweep_uploads


@task(queue_name="media")
def render(asset_id: int) -> list[str]:
    """Make every form of an asset that still waits. Returns the names of those that failed."""
    asset = Asset.objects.filter(pk=asset_id).first()
    if asset is None:
        return []
    failed = making.make(asset=asset)
    joining.announce(asset=asset)
    return failed


@task(queue_name="media")
def put_together(join_id: int) -> None:
    """Make one sound of several; the row says how far it is, and why it ended."""
    joining.make(pk=join_id)


@task()
def sweep() -> None:
    """Take up what a killed worker left, and what is to be tried again."""
    sweep_renditions()
    joining.sweep()


@task(queue_name=settings.SPEECH_QUEUE)
def transcribe(transcription_id: int) -> None:
    """Write down what is said; the row says how far it is, and why it ended."""
    write_down(pk=transcription_id)


@task()
def go_on_listening() -> int:
    """Have those go on whose worker died. How many they were."""
    return len([transcribe.enqueue(pk) for pk in forgotten()])


@task(queue_name="media", priority=50)
def check_upload(upload_id: int) -> None:
    """Look at a large upload, before whatever else waits: an editor does."""
    upload = Upload.objects.filter(pk=upload_id, state=Upload.State.CHECKING).first()
    if upload:
        with contextlib.suppress(MediaRefused):  # its row says why
            check(upload=upload)


@task()
def forget_uploads() -> int:
    """Drop what nobody went on with for a week; answers how many."""
    return sweep_uploads()

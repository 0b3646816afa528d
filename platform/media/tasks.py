"""What the worker does for media."""

from django_tasks import task

from media.errors import RenditionFailed
from media.models import Rendition
from media.services import make_rendition


@task()
def render(asset_id: int) -> list[str]:
    """Make every form of an asset that still waits. Returns the names of those that failed."""
    failed = []
    for rendition in Rendition.objects.filter(asset_id=asset_id, state=Rendition.State.WAITING).select_related("asset"):
        try:
            make_rendition(rendition=rendition)
        except RenditionFailed:  # its row says why; the others are still wanted
            failed.append(rendition.name)
    return failed

"""Keeping what was uploaded or recorded, and having its other forms made."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.module_loading import import_string

from accounts.models import User
from media import footage, making
from media.errors import RenditionFailed
from media.models import Asset, Rendition
from media.renditions import MIMES, wanted
from media.store import store

ORIGINAL = "original"


def keep(
    *,
    data: bytes | Path,
    title: str,
    kind: str,
    mime: str,
    guard: str,
    guarded_id: str = "",
    by: User | None = None,
    duration_ms: int | None = None,
    uuid: UUID | None = None,
    lies_at: str = "",
    is_made: bool = False,
) -> Asset:
    """Put the bytes into the store as they are and note them on a row.

    What they are is judged by content; `mime` is what the uploader claimed and settles nothing. `duration_ms`
    spares measuring where the caller knows it. Where the store holds these very bytes already, under `lies_at`, they do
    not travel again. `is_made`: by the school itself, of what it has. Raises a `media.errors.MediaRefused` with a sentence.
    """
    measured = footage.looked_at(data, kind)
    found = measured.format
    asset = Asset(
        uuid=uuid or uuid4(), kind=kind, title=title[:200], mime=found.mime, guard=guard, guarded_id=guarded_id
    )
    asset.key = f"{asset.folder}/{ORIGINAL}.{found.extension}"
    asset.duration_ms = measured.duration_ms if duration_ms is None else duration_ms
    asset.width, asset.height = measured.width, measured.height
    asset.size = len(data) if isinstance(data, bytes) else data.stat().st_size
    asset.uploaded_by, asset.is_made = by, is_made
    if lies_at:
        store().copy(key=lies_at, to=asset.key, mime=found.mime)
    else:
        _put(asset.key, data, found.mime)
    asset.save()
    return asset


def _put(key: str, data: bytes | Path, mime: str) -> None:
    if isinstance(data, bytes):
        store().put_bytes(key=key, data=data, mime=mime)
    else:
        store().put_file(key=key, path=data, mime=mime)


def request_renditions(*, asset: Asset) -> None:
    """Have the worker make every form that is not ready yet, once this transaction is through.

    Safe to call again: what failed is tried again, what is ready or being made stays.
    """
    for name in wanted(asset):
        Rendition.objects.get_or_create(asset=asset, name=name, defaults={"mime": MIMES[name]})
    ordered = retry_renditions(asset=asset)
    if not ordered and asset.renditions.filter(state=Rendition.State.WAITING).exists():
        _order(asset.pk)


def retry_renditions(*, asset: Asset) -> int:
    """Have what failed made again, from the first attempt on; how many forms that are."""
    failed = asset.renditions.filter(state=Rendition.State.FAILED)
    many = failed.update(state=Rendition.State.WAITING, error="", attempts=0, until=None, progress=0)
    if many:
        _order(asset.pk)
    return many


def sweep_renditions() -> None:
    """Order again what waits and is in no queue: its worker was killed, or its time to be tried again has come."""
    order_again("media.tasks.render", making.take_up())


def order_again(task_path: str, waiting: Iterable[int]) -> None:
    """Put the task into the queue for each of these that has none there."""
    from django_tasks_db.models import DBTaskResult

    waiting = list(waiting)
    queued = DBTaskResult.objects.ready().filter(task_path=task_path) if waiting else []
    ordered = {tuple(row.args_kwargs["args"]) for row in queued}
    for pk in waiting:
        if (pk,) not in ordered:
            _enqueue(task_path, pk)


def _enqueue(task_path: str, pk: int) -> None:
    transaction.on_commit(lambda: import_string(task_path).enqueue(pk))


def _order(asset_id: int) -> None:
    _enqueue("media.tasks.render", asset_id)


def make_rendition(*, rendition: Rendition) -> Rendition:
    """Make one form now and put it into the store. One that is ready, or somebody else's work, is left alone.

    On failure the row says why and `RenditionFailed` is raised; calling again tries again.
    """
    if not rendition.is_ready:
        making.make(asset=rendition.asset, names=[rendition.name])
        rendition.refresh_from_db()
    if rendition.state == Rendition.State.FAILED:
        raise RenditionFailed(rendition.error)
    return rendition


def forget(*, asset: Asset) -> None:
    """Delete the row, then every byte of it: bytes without a row are out of anyone's reach."""
    prefix = f"{asset.folder}/"
    asset.delete()
    for key in store().keys(prefix=prefix):
        store().delete(key=key)

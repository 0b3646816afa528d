"""Keeping what was uploaded or recorded, and having its other forms made."""

from pathlib import Path
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from media import probe, sniff
from media.models import Asset, Rendition
from media.renditions import RECIPES, rendered
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
) -> Asset:
    """Put the bytes into the store as they are and note them on a row.

    What they are is judged by content; `mime` is what the uploader claimed and settles nothing. `duration_ms`
    spares measuring where the caller knows it. Raises a `media.errors.MediaRefused` with a sentence.
    """
    found, measured = _looked_at(data, kind)
    asset = Asset(uuid=uuid4(), kind=kind, title=title[:200], mime=found.mime, guard=guard, guarded_id=guarded_id)
    asset.key = f"{asset.folder}/{ORIGINAL}.{found.extension}"
    asset.duration_ms = measured if duration_ms is None else duration_ms
    asset.size = len(data) if isinstance(data, bytes) else data.stat().st_size
    asset.uploaded_by = by
    _put(asset.key, data, found.mime)
    asset.save()
    return asset


def _looked_at(data: bytes | Path, kind: str) -> tuple[sniff.Format, int | None]:
    if kind == Asset.Kind.AUDIO:
        return probe.audio(data)
    return (probe.image if kind == Asset.Kind.IMAGE else probe.document)(data), None


def _put(key: str, data: bytes | Path, mime: str) -> None:
    if isinstance(data, bytes):
        store().put_bytes(key=key, data=data, mime=mime)
    else:
        store().put_file(key=key, path=data, mime=mime)


def request_renditions(*, asset: Asset) -> None:
    """Have the worker make every audio form that is not ready yet, once this transaction is through.

    Safe to call again: what failed is tried again, what is ready stays.
    """
    from media.tasks import render

    if asset.kind != Asset.Kind.AUDIO:
        return
    for name, recipe in RECIPES.items():
        Rendition.objects.get_or_create(asset=asset, name=name, defaults={"mime": recipe.mime})
    unready = asset.renditions.exclude(state=Rendition.State.READY)
    if unready.update(state=Rendition.State.WAITING, error=""):
        transaction.on_commit(lambda: render.enqueue(asset.pk))


def make_rendition(*, rendition: Rendition) -> Rendition:
    """Make one form now and put it into the store. One that is ready is left alone.

    On failure the row says why and `RenditionFailed` is raised; calling again tries again.
    """
    if rendition.is_ready:
        return rendition
    recipe = RECIPES[rendition.name]
    key = f"{rendition.asset.folder}/{rendition.name}.{recipe.extension}"
    try:
        with rendered(asset=rendition.asset, recipe=recipe) as path:
            size = path.stat().st_size
            store().put_file(key=key, path=path, mime=recipe.mime)
    except Exception as error:
        _note(rendition, state=Rendition.State.FAILED, error=str(error))
        raise
    return _note(rendition, state=Rendition.State.READY, key=key, mime=recipe.mime, size=size, error="")


def _note(rendition: Rendition, **facts: str | int) -> Rendition:
    for name, value in facts.items():
        setattr(rendition, name, value)
    rendition.save(update_fields=list(facts))
    return rendition


def forget(*, asset: Asset) -> None:
    """Delete the row, then every byte of it: bytes without a row are out of anyone's reach."""
    prefix = f"{asset.folder}/"
    asset.delete()
    for key in store().keys(prefix=prefix):
        store().delete(key=key)

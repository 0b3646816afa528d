"""All parts are there: they become one object, its content is looked at, and it is an asset or refused."""

import contextlib
from collections.abc import Iterator

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from media import footage
from media.errors import Incomplete, MediaRefused, Missing, Over, WrongSize
from media.models import Asset, Upload
from media.models.upload import PATIENCE
from media.services import keep, request_renditions
from media.store import store
from media.uploads.names import title_of

AT_ONCE = 256 << 20  # bytes that are looked at while the browser waits; more are the worker's


def missing_parts(upload: Upload) -> list[int]:
    """The numbers of those that still have to be sent."""
    try:
        arrived = store().parts(key=upload.key, sending=upload.sending)
    except Missing:
        if store().exists(key=upload.key):  # put together already
            return []
        raise
    whole = {part.number for part in arrived if part.size == upload.size_of(part.number)}
    return [number for number in range(1, upload.count + 1) if number not in whole]


def finish_upload(*, upload: Upload) -> Upload:
    """Make an asset of what was sent, or have the worker do so where it is large: then its state is CHECKING.

    Finishing again changes nothing: one upload becomes one asset. Raises `Incomplete` with what is missing, and a
    `MediaRefused` when it is not what the school takes; then its row says why.
    """
    from media.tasks import check_upload

    upload, is_ours = _claimed(upload)
    if not is_ours:
        return upload
    if upload.size <= AT_ONCE:
        return check(upload=upload)
    with _open_again_unless_well(upload):
        _check_arrived(upload)
        check_upload.enqueue(upload.pk)
    return upload


def check(*, upload: Upload) -> Upload:
    """The second half, of one that was claimed; safe to do again after a crash."""
    try:
        with _open_again_unless_well(upload):
            _put_together(upload)
            asset = _kept(upload)
    except Incomplete:
        raise
    except MediaRefused as refused:
        _refuse(upload, str(refused))
        raise
    return _done(upload, asset)


@contextlib.contextmanager
def _open_again_unless_well(upload: Upload) -> Iterator[None]:
    """Whatever stood in the way, parts can be sent and it can be finished again."""
    try:
        yield
    except Exception:
        _note(upload, state=Upload.State.SENDING)
        raise


def _claimed(upload: Upload) -> tuple[Upload, bool]:
    """Of several who finish at once, one does."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if upload.state in {Upload.State.REFUSED, Upload.State.GIVEN_UP}:
            raise Over(upload.error or _("这次上传已经取消。请重新选择文件。"))
        if upload.state == Upload.State.DONE or _is_being_looked_at(upload):
            return upload, False
        _note(upload, state=Upload.State.CHECKING)
        return upload, True


def _is_being_looked_at(upload: Upload) -> bool:
    return upload.state == Upload.State.CHECKING and timezone.now() - upload.updated_at < PATIENCE


def _put_together(upload: Upload) -> None:
    with contextlib.suppress(Missing):  # then it has been done already
        _check_arrived(upload)
        store().complete_parts(key=upload.key, sending=upload.sending, mime="application/octet-stream")


def _check_arrived(upload: Upload) -> None:
    if missing := missing_parts(upload):
        raise Incomplete(missing)


def _kept(upload: Upload) -> Asset:
    """The asset's name is the upload's: it cannot be made twice."""
    if known := Asset.objects.filter(uuid=upload.uuid).first():
        return known
    if store().size(key=upload.key) != upload.size:
        raise WrongSize(_("传到的大小与文件不符。请重新上传。"))
    with store().borrowed(key=upload.key) as path:
        kind = footage.kind(path)
        try:
            return keep(
                data=path,
                title=title_of(upload.filename),
                kind=kind,
                mime="",
                guard="staff",
                by=upload.by,
                uuid=upload.uuid,
                lies_at=upload.key,
            )
        except IntegrityError:  # somebody took us for dead
            return Asset.objects.get(uuid=upload.uuid)


def _done(upload: Upload, asset: Asset) -> Upload:
    with transaction.atomic():
        _note(upload, state=Upload.State.DONE, asset=asset, error="")
        request_renditions(asset=asset)
    store().delete(key=upload.key)
    return upload


def _refuse(upload: Upload, sentence: str) -> None:
    _note(upload, state=Upload.State.REFUSED, error=sentence)
    drop_bytes(upload)


def drop_bytes(upload: Upload) -> None:
    """What was sent, whether put together or not; an asset made of it has its own."""
    store().drop_parts(key=upload.key, sending=upload.sending)
    store().delete(key=upload.key)


def _note(upload: Upload, **facts: object) -> None:
    for name, value in facts.items():
        setattr(upload, name, value)
    upload.updated_at = timezone.now()
    upload.save(update_fields=[*facts, "updated_at"])

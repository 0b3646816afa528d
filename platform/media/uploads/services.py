"""A file comes in parts: begun, sent, finished, or given up."""

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from media import footage, probe
from media.errors import MediaRefused, Missing, NoRoom, Over, TooBig, UploadRefused, WrongSize
from media.models import Upload
from media.store import store
from media.store.base import Part
from media.uploads.finishing import drop_bytes, finish_upload, missing_parts

PART = 8 << 20
MOST_PARTS = 10_000  # S3 takes no more
AT_ONCE = 200  # unfinished ones of one person
LINK_SECONDS = 3600
SPARE = 1 << 30  # bytes of the disk that uploads leave free
BIGGEST = {
    "audio": probe.AUDIO_BYTES,
    "video": footage.VIDEO_BYTES,
    "image": probe.IMAGE_BYTES,
    "text": probe.FILE_BYTES,
}


def begin_upload(*, by: User, filename: str, size: int, fingerprint: str = "", mime: str = "") -> Upload:
    """One to send parts to; the same file that this person has begun already goes on, and one that is there is there.

    `size` in bytes; `mime` is only what the browser believes. Raises `UploadRefused` or `TooBig` before a byte is sent.
    """
    filename = _plain(filename)
    if known := _begun(by, filename, size, fingerprint):
        if _is_alive(known):
            return _wanted_again(known)
        give_up(upload=known)
    _check_room(by, size, mime)
    upload = Upload(by=by, filename=filename, size=size, fingerprint=fingerprint[:80], part_size=_part_size(size))
    upload.sending = store().begin_parts(key=upload.key, mime="application/octet-stream")
    upload.save()
    return upload


def _wanted_again(upload: Upload) -> Upload:
    if upload.became == Upload.ASIDE:
        upload.became = ""
        upload.save(update_fields=["became"])
    return upload


def _plain(filename: str) -> str:
    """Without folders; some browsers tell them."""
    name = filename.replace("\\", "/").rpartition("/")[2].replace("\0", "").strip()
    if not name:
        raise UploadRefused(_("文件没有名字。请改名后再上传。"))
    return name[-255:]


def _begun(by: User, filename: str, size: int, fingerprint: str) -> Upload | None:
    if not fingerprint:
        return None
    same = Upload.objects.of(by).filter(filename=filename, size=size, fingerprint=fingerprint[:80])
    return (same.unfinished() | same.unused()).order_by("-pk").first()


def _is_alive(upload: Upload) -> bool:
    """A bucket may have been told to drop what lies there unfinished."""
    try:
        return upload.state != Upload.State.SENDING or missing_parts(upload) is not None
    except Missing:
        return False


def _check_room(by: User, size: int, mime: str) -> None:
    if size <= 0:
        raise UploadRefused(_("这个文件是空的。请检查后再上传。"))
    limit = BIGGEST.get(mime.partition("/")[0], max(BIGGEST.values()))
    if size > limit:
        raise TooBig(_("文件太大：这类文件最多 {limit}。请压缩、剪短或拆开后再上传。").format(limit=_readable(limit)))
    if Upload.objects.of(by).unfinished().count() >= AT_ONCE:
        raise NoRoom(_("还有太多没传完的文件。请先传完，或取消一些。"))
    if store().name == "disk" and _free() < 2 * size + SPARE:  # parts, and then the whole beside them
        raise NoRoom(_("服务器的磁盘快满了，放不下这个文件。请联系管理员。"))


def _readable(size: int) -> str:
    return f"{size >> 30} GB" if size >= 1 << 30 else f"{size >> 20} MB"


def _free() -> int:
    root = Path(settings.STORE_ROOT)
    return shutil.disk_usage(next(folder for folder in (root, *root.parents) if folder.exists())).free


def _part_size(size: int) -> int:
    """Larger ones where there would be too many."""
    return max(PART, -(-size // MOST_PARTS))


def part_links(*, upload: Upload, numbers: Iterable[int]) -> dict[int, str | None]:
    """Where to PUT each part; None is our own door, and then `take_part`."""
    _check_open(upload)
    kept, links = store(), {}
    for number in numbers:
        size = _checked_size(upload, number)
        links[number] = kept.part_link(
            key=upload.key, sending=upload.sending, number=number, size=size, seconds=LINK_SECONDS
        )
    _touch(upload)
    return links


def take_part(*, upload: Upload, number: int, data: IO[bytes], size: int) -> Part:
    """Keep one part that comes through us. Sending it again replaces it."""
    _check_open(upload)
    wanted = _checked_size(upload, number)
    if size != wanted:
        raise WrongSize(_("第 {n} 段应有 {wanted} 字节，却是 {size} 字节。").format(n=number, wanted=wanted, size=size))
    try:
        part = store().put_part(key=upload.key, sending=upload.sending, number=number, data=data, size=size)
    except Missing as error:  # given up at this very moment
        raise Over(_("这次上传已经结束。请重新选择文件。")) from error
    _touch(upload)
    return part


def _check_open(upload: Upload) -> None:
    if upload.state != Upload.State.SENDING:
        raise Over(upload.error or _("这次上传已经结束。请重新选择文件。"))


def _checked_size(upload: Upload, number: int) -> int:
    if not 1 <= number <= upload.count:
        raise UploadRefused(_("没有第 {n} 段：这个文件只有 {count} 段。").format(n=number, count=upload.count))
    return upload.size_of(number)


def _touch(upload: Upload) -> None:
    upload.updated_at = timezone.now()
    Upload.objects.filter(pk=upload.pk).update(updated_at=upload.updated_at)


def give_up(*, upload: Upload) -> Upload:
    """Nothing of it is kept. Giving up again is no mistake; what is an asset already stays one, and is put aside."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if upload.state == Upload.State.DONE and not upload.became:
            upload.became = Upload.ASIDE
            upload.save(update_fields=["became"])
        if upload.state != Upload.State.SENDING:
            return upload
        upload.state = Upload.State.GIVEN_UP
        upload.save(update_fields=["state"])
    drop_bytes(upload)
    return upload


def sweep_uploads() -> int:
    """Drop what nobody has gone on with for a week, bytes and row; answers how many. Whose check died is checked again."""
    for upload in Upload.objects.left_in_the_middle():
        with contextlib.suppress(MediaRefused, OSError):  # the row says why, or it is tried again in an hour
            finish_upload(upload=upload)
    forgotten = list(Upload.objects.forgotten())
    for upload in forgotten:
        drop_bytes(upload)
        upload.delete()
    return len(forgotten)

"""Pictures and voices that are handed in: looked at, made harmless, and kept."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadFile
from courses.models import Attachment, Submission
from media import footage, pictures, probe
from media.errors import MediaRefused
from media.models import Asset
from media.services import forget, keep, request_renditions

GUARD = "homework"
PICTURE_BYTES = 10 << 20
VOICE_BYTES = 60 << 20  # five minutes as a recorder writes them that packs nothing
VOICE_MS = 5 * 60_000
GRACE_MS = 3_000  # a recorder stops a little late
MOST = {Attachment.Role.PICTURE: 9, Attachment.Role.VOICE: 3, Attachment.Role.REPLY: 1}
Role = Attachment.Role


@dataclass(frozen=True)
class Checked:
    """What may be kept. `digest` is of the bytes as they came."""

    role: str
    data: bytes | Path
    digest: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Arrived:
    """A file as it came, not looked at yet. `digest` is of its bytes."""

    role: str
    name: str
    data: bytes | Path
    digest: str


def arrived(uploaded: UploadedFile, role: str) -> Arrived:
    """Raises `BadFile` when it is too large."""
    most = PICTURE_BYTES if role == Role.PICTURE else VOICE_BYTES
    name = (uploaded.name or "")[:60]
    if (uploaded.size or 0) > most:
        raise BadFile(_("“%(name)s”超过 %(most)s MB。") % {"name": name, "most": most >> 20})
    data = _bytes(uploaded)
    return Arrived(role, name, data, digest_of(data))


def checked(file: Arrived) -> Checked:
    """What it is, by its bytes; a picture is drawn anew. Raises `BadFile` with a sentence."""
    try:
        return _picture(file) if file.role == Role.PICTURE else _voice(file)
    except MediaRefused as refused:
        raise BadFile(f"“{file.name}”：{refused}") from refused


def _picture(file: Arrived) -> Checked:
    drawn = pictures.redrawn(file.data)
    return Checked(file.role, drawn.data, file.digest, drawn.width, drawn.height)


def _voice(file: Arrived) -> Checked:
    __, length = probe.audio(file.data)
    if footage.kind(file.data) != Asset.Kind.AUDIO:
        raise MediaRefused(_("这是视频，不是语音。"))
    if length > VOICE_MS + GRACE_MS:
        raise MediaRefused(_("语音最长五分钟，这一段太长了。"))
    return Checked(file.role, file.data, file.digest)


def attach(*, submission: Submission, file: Checked, by: User) -> Attachment:
    """Keep the file and add it; call it in a transaction, once there is room for it."""
    uuid = uuid4()
    kind = Asset.Kind.IMAGE if file.role == Role.PICTURE else Asset.Kind.AUDIO
    title = f"{submission.lesson.title} · {submission.person.display_name}"
    asset = keep(data=file.data, title=title, kind=kind, mime="", guard=GUARD, guarded_id=str(uuid), by=by, uuid=uuid)
    if file.width:
        Asset.objects.filter(pk=asset.pk).update(width=file.width, height=file.height)
    request_renditions(asset=asset)
    last = submission.attachments.order_by("-position").first()
    return Attachment.objects.create(
        submission=submission,
        asset=asset,
        role=file.role,
        digest=file.digest,
        position=last.position + 1 if last else 1,
    )


def forget_unused(asset_id: int) -> None:
    """Once no attempt holds it any more, its bytes go, too."""
    transaction.on_commit(lambda: _forget(asset_id), robust=True)


def _forget(asset_id: int) -> None:
    asset = Asset.objects.filter(pk=asset_id, guard=GUARD, handed_in=None).first()
    if asset:
        forget(asset=asset)


def digest_of(data: bytes | Path) -> str:
    with probe.opened(data) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _bytes(uploaded: UploadedFile) -> bytes | Path:
    """A large one lies in a file already."""
    if isinstance(uploaded, TemporaryUploadedFile):
        return Path(uploaded.temporary_file_path())
    uploaded.seek(0)
    return bytes(uploaded.read())

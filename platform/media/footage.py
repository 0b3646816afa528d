"""Video, and which kind of thing an upload is: told by what lies inside, for a sound in MP4 begins like a film."""

from dataclasses import dataclass
from pathlib import Path
from typing import IO

import av
from av.stream import Disposition
from django.utils.translation import gettext as _

from media import probe, sniff
from media.errors import MediaRefused, NotVideo, TooBig
from media.models.asset import AssetKind

VIDEO_BYTES = 8 << 30
VIDEO_HOURS = 6
VIDEO_SIDES = 64, 4320  # pixels of the shorter side
SLENDER = 4  # times longer than broad
FASTEST = 240  # pictures a second
MOST_STREAMS = 64  # pictures, voices and titles that lie in one file


@dataclass(frozen=True)
class Measured:
    """What an upload is: its format, and what its headers say of it."""

    format: sniff.Format
    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None


def looked_at(data: bytes | Path, kind: str) -> Measured:
    """What these bytes are as this kind of asset. Raises a `MediaRefused` with a sentence."""
    if kind == AssetKind.VIDEO:
        return video(data)
    if kind == AssetKind.AUDIO:
        return Measured(*probe.audio(data))
    return Measured((probe.image if kind == AssetKind.IMAGE else probe.document)(data))


def kind(data: bytes | Path) -> str:
    """Which kind of asset these bytes are: MP4 and WebM with moving pictures are video, without they are sound.

    Raises `MediaRefused` for what is nothing we take.
    """
    head = probe.head(data)
    if sniff.image(head):
        return AssetKind.IMAGE
    if sniff.video(head) and _moves(data):
        return AssetKind.VIDEO
    if sniff.audio(head):
        return AssetKind.AUDIO
    if sniff.document(head):
        return AssetKind.FILE
    raise MediaRefused(_("这种文件学校收不了。请上传音频、视频、图片、PDF、PPTX 或纯文本。"))


def _moves(data: bytes | Path) -> bool:
    try:
        return video(data) is not None
    except TooBig:
        return True
    except MediaRefused:
        return False


def video(data: bytes | Path) -> Measured:
    """Format, length and size. Raises `NotVideo` or `TooBig`."""
    found = sniff.video(probe.head(data))
    if found is None:
        raise NotVideo(_("这不是能识别的视频。请上传 MP4、MOV、WebM 或 MKV。"))
    if probe.size(data) > VIDEO_BYTES:
        raise TooBig(_("视频超过 8 GB。请压缩或剪短后再上传。"))
    with probe.opened(data) as file:
        measured = _watched(file, found)
    if (measured.duration_ms or 0) > VIDEO_HOURS * 3_600_000:
        raise TooBig(_("视频超过 6 小时。请剪成几段再上传。"))
    return measured


def _watched(file: IO[bytes], found: sniff.Format) -> Measured:
    """From the headers alone; the cover of an album is no moving picture."""
    try:
        with av.open(file, "r", format=found.demuxer, options=probe.OPTIONS) as container:
            if len(container.streams) > MOST_STREAMS:
                raise TooBig(_("文件里的画面和声音太多了。请只留一路画面和一路声音，重新导出后再上传。"))
            stream = next(s for s in container.streams.video if not s.disposition & Disposition.attached_pic)
            wide, tall, speed = stream.width, stream.height, float(stream.average_rate or 0)
            length = round((container.duration or 0) / 1000) or probe.walked(container, stream)
    except (*probe.OPENS, StopIteration) as error:
        raise NotVideo(_("文件像视频，却没有画面，或读不出来。请检查文件，重新导出后再上传。")) from error
    short, long = sorted((wide, tall))
    if not VIDEO_SIDES[0] <= short <= VIDEO_SIDES[1] or long > SLENDER * short or speed > FASTEST:
        raise TooBig(_("视频的尺寸或帧率不对：太大、太小，或过于狭长。请重新导出后再上传。"))
    return Measured(found, length, wide, tall)


def has_sound(path: Path, mime: str) -> bool:
    """Whether anything can be heard in a film, by its headers."""
    try:
        with av.open(str(path), "r", format=sniff.BY_MIME[mime].demuxer, options=probe.OPTIONS) as container:
            return bool(container.streams.audio)
    except probe.OPENS:
        return False

"""Is it truly what it begins like? Opens uploads just far enough to know, and measures them."""

import io
import warnings
import zipfile
from pathlib import Path
from typing import IO

import av
from av.container import InputContainer
from av.stream import Stream
from django.utils.translation import gettext as _
from PIL import Image

from media import sniff
from media.errors import NotADocument, NotAnImage, NotAudio, TooBig

AUDIO_BYTES = 1 << 30
AUDIO_HOURS = 12
IMAGE_BYTES = 30 << 20
IMAGE_PIXELS = 60_000_000
FILE_BYTES = 100 << 20
UNPACKED = 1 << 30
PARTS = 20_000  # files inside a PPTX
SLENDER = 40  # times longer than broad: no picture is

OPTIONS = {"protocol_whitelist": "file,pipe", "enable_drefs": "0"}
OPENS = (av.FFmpegError, IndexError, ValueError, OverflowError)  # what a damaged file makes of opening it


def audio(data: bytes | Path) -> tuple[sniff.Format, int]:
    """The format and the length in milliseconds. Raises `NotAudio` or `TooBig`."""
    found = sniff.audio(head(data))
    if found is None:
        raise NotAudio(_("这不是能识别的音频。请上传 MP3、M4A、WAV、OGG、FLAC、WebM、AAC 或 AMR。"))
    if size(data) > AUDIO_BYTES:
        raise TooBig(_("音频超过 1 GB。请压缩或剪短后再上传。"))
    with opened(data) as file:
        length = _length(file, found)
    if length > AUDIO_HOURS * 3_600_000:
        raise TooBig(_("音频超过 12 小时。请剪成几段再上传。"))
    return found, length


def _length(file: IO[bytes], found: sniff.Format) -> int:
    """Milliseconds from the headers, or by walking the packets where they are silent. Nothing is decoded."""
    try:
        with av.open(file, "r", format=found.demuxer, options=OPTIONS) as container:
            stream = container.streams.audio[0]
            if stream.duration and stream.time_base:
                return round(stream.duration * stream.time_base * 1000)
            if container.duration:
                return round(container.duration / 1000)
            return walked(container, stream)
    except OPENS as error:
        raise NotAudio(_("文件像音频，却读不出声音。请检查文件，重新导出后再上传。")) from error


def walked(container: InputContainer, stream: Stream) -> int:
    """Milliseconds to the end of the last packet. Raises `ValueError` when there is none."""
    ends = [(p.pts + (p.duration or 0)) * p.time_base for p in container.demux(stream) if p.pts is not None]
    return round(max(ends) * 1000)


def image(data: bytes | Path) -> sniff.Format:
    """The format. Raises `NotAnImage` or `TooBig`."""
    found = sniff.image(head(data))
    if found is None:
        raise NotAnImage(_("这不是能识别的图片。请上传 PNG、JPEG、WebP 或 GIF。"))
    if size(data) > IMAGE_BYTES:
        raise TooBig(_("图片超过 30 MB。请压缩后再上传。"))
    with opened(data) as file:
        _check_picture(file)
    return found


def _check_picture(file: IO[bytes]) -> None:
    """The size is known before any pixel is unpacked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=["PNG", "JPEG", "WEBP", "GIF"]) as picture:
                fits = _fits(*picture.size)
                picture.verify()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        fits = False
    except (OSError, ValueError, SyntaxError) as error:
        raise NotAnImage(_("图片已损坏，读不出来。请重新导出后再上传。")) from error
    if not fits:
        raise NotAnImage(_("图片尺寸不对：太大，或过于狭长。请调整后再上传。"))


def _fits(wide: int, tall: int) -> bool:
    return wide * tall <= IMAGE_PIXELS and max(wide, tall) <= SLENDER * min(wide, tall)


def document(data: bytes | Path) -> sniff.Format:
    """The format. Raises `NotADocument` or `TooBig`."""
    found = sniff.document(head(data))
    if found is None:
        raise NotADocument(_("这不是能识别的文件。请上传 PDF、PPTX 或纯文本。"))
    if size(data) > FILE_BYTES:
        raise TooBig(_("文件超过 100 MB。请拆成几份再上传。"))
    if found is sniff.PPTX:
        _check_presentation(data)
    return found


def _check_presentation(data: bytes | Path) -> None:
    """A ZIP that says it is a presentation, and is no bomb; nothing is unpacked."""
    try:
        with opened(data) as file, zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            is_deck = any(part.filename == "ppt/presentation.xml" for part in parts)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
        raise NotADocument(_("文件已损坏，读不出来。请重新导出后再上传。")) from error
    if not is_deck:
        raise NotADocument(_("这不是能识别的文件。请上传 PDF、PPTX 或纯文本。"))
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED:
        raise TooBig(_("文件解开后太大。请压缩图片，或拆成几份再上传。"))


def head(data: bytes | Path) -> bytes:
    with opened(data) as file:
        return file.read(sniff.HEAD)


def size(data: bytes | Path) -> int:
    return len(data) if isinstance(data, bytes) else data.stat().st_size


def opened(data: bytes | Path) -> IO[bytes]:
    return io.BytesIO(data) if isinstance(data, bytes) else data.open("rb")

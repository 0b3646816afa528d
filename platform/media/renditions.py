"""The forms the worker makes of an audio, and how ffmpeg is told to make them."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import ffmpeg
import imageio_ffmpeg
from django.conf import settings
from django.utils.translation import gettext as _

from media import job, sniff
from media.errors import RenditionFailed
from media.models import Asset
from media.store import store

MINIMUM, LONGEST = 60, 3 * 3600  # seconds of work allowed
MEMORY = 1 << 30
SIZE = 1 << 30
PREFIX = "qunke-rendition-"


Option = str | int | None  # None is a bare flag


@dataclass(frozen=True)
class Recipe:
    """One form: ffmpeg's output options by their own names."""

    extension: str
    mime: str
    options: dict[str, Option] = field(hash=False)


MONO: dict[str, Option] = {
    "vn": None,
    "sn": None,
    "dn": None,
    "map": "0:a:0",
    "map_metadata": -1,
    "ac": 1,
    "ar": 48000,
}
RECIPES = {
    "m4a": Recipe(
        "m4a",
        "audio/mp4",
        {**MONO, "c:a": "aac", "aac_coder": "fast", "b:a": "64k", "movflags": "+faststart", "f": "ipod"},
    ),
    "low": Recipe(
        "ogg",
        "audio/ogg",
        {
            **MONO,
            "c:a": "libopus",
            "b:a": "16k",
            "compression_level": 5,
            "application": "voip",
            "frame_duration": 60,
            "f": "ogg",
        },
    ),
}


@contextlib.contextmanager
def rendered(*, asset: Asset, recipe: Recipe) -> Iterator[Path]:
    """The finished file, gone when left. Raises `RenditionFailed` with a sentence."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        source, target = folder / "source", folder / f"made.{recipe.extension}"
        store().download(key=asset.key, path=source)
        _render(asset, recipe, source, target)
        yield target


def _sweep() -> None:
    """A worker that was killed could not tidy up; nothing that old can still be in use."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > 2 * LONGEST:
                shutil.rmtree(folder, ignore_errors=True)


def _render(asset: Asset, recipe: Recipe, source: Path, target: Path) -> None:
    seconds = _seconds(asset)
    limits = job.Limits(wall=seconds, cpu=seconds, memory=MEMORY, size=SIZE)
    outcome = job.run(command=command(asset, recipe, source, target), folder=source.parent, limits=limits)
    if outcome.reason in {"timeout", "SIGXCPU", "SIGXFSZ", "SIGKILL"}:
        raise RenditionFailed(_("转码超出了限制，已停止（{reason}）。").format(reason=outcome.reason))
    if not outcome.is_well or not target.is_file() or not target.stat().st_size:
        raise RenditionFailed(_("转码失败：{reason}").format(reason=outcome.complaint[-500:] or outcome.reason))


def command(asset: Asset, recipe: Recipe, source: Path, target: Path) -> list[str]:
    """The whole ffmpeg command. The demuxer is named, so a playlist in audio's clothing is only bad audio."""
    demuxer = sniff.BY_MIME[asset.mime].demuxer
    read = ffmpeg.input(str(source), f=demuxer, protocol_whitelist="file,pipe")
    written = ffmpeg.output(read, str(target), threads=1, **recipe.options)
    quiet = written.global_args("-nostdin", "-hide_banner", "-loglevel", "error")
    return list(ffmpeg.compile(quiet, cmd=binary(), overwrite_output=True))


def _seconds(asset: Asset) -> int:
    """As long as the audio itself lasts, within reason: the work is some forty times faster."""
    return min(LONGEST, MINIMUM + (asset.duration_ms or 0) // 1000)


@lru_cache(maxsize=4)
def _found(wanted: str) -> str:
    return shutil.which(wanted or "ffmpeg") or (imageio_ffmpeg.get_ffmpeg_exe() if not wanted else "")


def binary() -> str:
    """The ffmpeg of the settings, else of the system, else the bundled one. Raises `RenditionFailed`."""
    try:
        found = _found(settings.FFMPEG)
    except RuntimeError:  # a wheel without a program inside
        found = ""
    if not found:
        raise RenditionFailed(_("找不到 ffmpeg。请安装它，或把 FFMPEG 设为它的路径。"))
    return found

"""Which forms the worker makes of what, and the program that makes most of them."""

import shutil
from functools import lru_cache

import imageio_ffmpeg
from django.conf import settings
from django.utils.translation import gettext as _

from media import sniff
from media.errors import RenditionFailed
from media.models import Asset

HLS = "application/vnd.apple.mpegurl"
JSON = "application/json"
MIMES = {
    "m4a": "audio/mp4",
    "low": "audio/ogg",
    "hls": HLS,
    "peaks": JSON,
    "silence": JSON,
    "poster": "image/webp",
    "slides": "image/webp",
}
OF_A_SOUND = ("m4a", "low", "hls", "peaks", "silence")
OF_A_FILM = ("poster", "peaks", "silence", "hls")
OF_A_DECK = ("slides",)


def wanted(asset: Asset) -> tuple[str, ...]:
    """The names of the forms an asset of this kind gets."""
    if asset.kind == Asset.Kind.FILE:
        return OF_A_DECK if asset.mime in {sniff.PDF.mime, sniff.PPTX.mime} else ()
    return {Asset.Kind.AUDIO: OF_A_SOUND, Asset.Kind.VIDEO: OF_A_FILM}.get(Asset.Kind(asset.kind), ())


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

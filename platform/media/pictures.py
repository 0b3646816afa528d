"""Pictures that people take with their phones, as the school keeps them: drawn anew, without where and when they were taken."""

import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _
from PIL import Image

from media import job, probe, sniff
from media.errors import NotAnImage

REDRAW = Path(__file__).with_name("redraw.py")
WIDEST, TALLEST = 1600, 12_000  # pixels; a long screenshot stays legible
TAKEN = {sniff.JPEG, sniff.PNG, sniff.WEBP}
LIMITS = job.Limits(wall=60, cpu=50, memory=2 << 30, size=32 << 20)


@dataclass(frozen=True)
class Drawn:
    """WebP, and its size in pixels."""

    data: bytes
    width: int
    height: int


def redrawn(data: bytes | Path) -> Drawn:
    """The picture upright, at most 1600 pixels wide, with nothing but its pixels.

    Takes JPEG, PNG and WebP, judged by content, and opens them in a process of its own under limits. Raises `NotAnImage`
    or `TooBig` with a sentence.
    """
    if sniff.image(probe.head(data)) not in TAKEN:
        raise NotAnImage(_("这不是能识别的图片。请上传 JPEG、PNG 或 WebP。"))
    probe.image(data)
    with tempfile.TemporaryDirectory(prefix="qunke-picture-") as name:
        return _redrawn(data, Path(name))


def _redrawn(data: bytes | Path, folder: Path) -> Drawn:
    source, made = folder / "source", folder / "picture.webp"
    source.write_bytes(data if isinstance(data, bytes) else data.read_bytes())
    command = [sys.executable, "-I", str(REDRAW), str(source), str(folder), str(WIDEST), str(TALLEST)]
    outcome = job.run(command=command, folder=folder, limits=LIMITS)
    if not outcome.is_well or not made.is_file():
        raise NotAnImage(_("图片已损坏，读不出来。请重新导出后再上传。"))
    drawn = made.read_bytes()
    with Image.open(io.BytesIO(drawn), formats=["WEBP"]) as image:
        return Drawn(drawn, *image.size)

"""Slides: any PDF or picture a teacher brings becomes WebP pages."""

import sys
import tempfile
from pathlib import Path

from django.utils.translation import gettext as _

from media import job, sniff
from media.errors import NotASlide

RASTERISE = Path(__file__).with_name("rasterise.py")
WIDTH = 1600  # pixels
LARGEST = 30 * 1024 * 1024  # bytes
PAGES = 200
LIMITS = job.Limits(wall=120, cpu=110, memory=2 << 30, size=64 << 20)


def pages(*, data: bytes, mime: str) -> list[bytes]:
    """The pages as WebP, at most 1600 px wide, in order.

    Takes PNG, JPEG, WebP and PDF, judged by content; `mime` is only what the browser claimed. The file is
    opened in a process of its own under limits. Raises `NotASlide` with a sentence.
    """
    if len(data) > LARGEST:
        raise NotASlide(_("文件超过 30 MB。请压缩图片，或把课件拆成几份再上传。"))
    if not _known(data[: sniff.HEAD]):
        raise NotASlide(_("这不是图片，也不是 PDF。请上传 PNG、JPEG、WebP 或 PDF。"))
    with tempfile.TemporaryDirectory(prefix="qunke-slides-") as name:
        return _rasterise(data, Path(name))


def _known(head: bytes) -> bool:
    return sniff.image(head) in {sniff.PNG, sniff.JPEG, sniff.WEBP} or sniff.document(head) == sniff.PDF


def _rasterise(data: bytes, folder: Path) -> list[bytes]:
    source = folder / "source"
    source.write_bytes(data)
    return [path.read_bytes() for path in rasterised(source, folder)]


def rasterised(source: Path, folder: Path) -> list[Path]:
    """The pages of a file in this folder, in order, beside it. Raises `NotASlide` with a sentence."""
    made = folder / "pages"
    made.mkdir()
    command = [sys.executable, "-I", str(RASTERISE), str(source), str(made), str(WIDTH), str(PAGES)]
    outcome = job.run(command=command, folder=folder, limits=LIMITS)
    if not outcome.is_well:
        raise NotASlide(_sentence(outcome))
    return sorted(made.iterdir())


def _sentence(outcome: job.Outcome) -> str:
    """The rasteriser leaves with one word; anything else is a limit it ran into."""
    if outcome.reason == "timeout" or outcome.reason in {"SIGXCPU", "SIGKILL"}:
        return _("这份课件太复杂，处理超时。请导出为图片或更简单的 PDF 再上传。")
    return {
        "pages": _("PDF 必须有 1 到 200 页。请把课件拆成几份再上传。"),
        "locked": _("这份 PDF 有密码。请去掉密码后再上传。"),
        "shape": _("页面尺寸不像课件：太大，或过于狭长。请调整后再上传。"),
    }.get(outcome.complaint.rpartition("\n")[2], _("文件已损坏，读不出来。请重新导出后再上传。"))

"""What is made of slides: a page each, whatever program they come from."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from media import job, slides, sniff
from media.errors import NotASlide, RenditionFailed
from media.renditions import MIMES
from media.workshop.bench import Bench, Made, Result, check

LIMITS = job.Limits(wall=300, cpu=280, memory=6 << 30, size=256 << 20)
PROFILE = "office"


def make(bench: Bench, names: Iterable[str]) -> Iterator[Result]:
    """The pages as WebP. Raises `RenditionFailed` with the sentence why not."""
    source = _as_pdf(bench) if bench.asset.mime == sniff.PPTX.mime else bench.source
    bench.tell(30)
    try:
        pages = slides.rasterised(source, bench.folder)
    except NotASlide as refused:
        raise RenditionFailed(str(refused)) from refused
    files = {path.name: path for path in pages}
    yield Made("slides", MIMES["slides"], files, entry=pages[0].name, facts={"pages": len(pages)})


def office() -> str:
    """The LibreOffice of the settings, else of the system, or nothing."""
    return shutil.which(settings.SOFFICE or "soffice") or ""


def _as_pdf(bench: Bench) -> Path:
    """With a profile of its own, gone afterwards: two may run at once, and none remembers anything."""
    if not office():
        raise RenditionFailed(_("学校没有安装 LibreOffice，打不开 PPTX。请导出为 PDF 再上传。"))
    deck = bench.source.rename(bench.folder / "deck.pptx")
    profile = f"-env:UserInstallation={(bench.folder / PROFILE).as_uri()}"
    quiet = ["--headless", "--norestore", "--nolockcheck", "--nodefault", "--convert-to", "pdf"]
    command = [office(), profile, *quiet, "--outdir", str(bench.folder), str(deck)]
    check(job.run(command=command, folder=bench.folder, limits=LIMITS, watch=lambda: bench.tell(10)))
    made = bench.folder / "deck.pdf"
    if not made.is_file():
        raise RenditionFailed(_("这份 PPTX 转不成页面。请导出为 PDF 再上传。"))
    return made

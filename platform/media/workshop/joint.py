"""Several sounds made into one: each decoded from what was uploaded and brought to the same loudness, nothing in between."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
from django.utils.translation import gettext as _

from media.errors import RenditionFailed
from media.models import Asset, Rendition
from media.workshop.bench import PREFIX, Bench, Tell, bench
from media.workshop.loudness import RATE, Change, change, listen, plain

LIMITS = {"pace": 1, "memory": 1 << 30, "size": 4 << 30}
WHOLE, PART, JOINED = "whole.pcm", "part.pcm", "joined.flac"
WIDTH = 2  # bytes of one sample
RAW: dict[str, Any] = {"f": "s16le", "c:a": "pcm_s16le", "map_metadata": -1}
FLAC: dict[str, Any] = {"f": "flac", "c:a": "flac", "map_metadata": -1, "map_chapters": -1}
CODING = 10  # per cent of all the work


class PartSpoilt(RenditionFailed):
    """One of the sounds cannot be heard; `asset` is which."""

    def __init__(self, asset: Asset, n: int, why: str) -> None:
        super().__init__(_("第 {n} 条“{title}”接不上：{why}").format(n=n, title=asset.title, why=why))
        self.asset = asset


@dataclass(frozen=True)
class Joint:
    """The whole as FLAC, and at which sample (48 kHz) each part begins; the last of `cuts` is where it all ends."""

    path: Path
    cuts: list[int]


@contextlib.contextmanager
def joint(parts: Sequence[Asset], tell: Tell) -> Iterator[Joint]:
    """All of them, in this order. Raises `PartSpoilt`; everything is gone when left."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder, cuts = Path(name), [0]
        shares = _shares(parts)
        for n, part in enumerate(parts, 1):
            _lay(part, n, folder / WHOLE, _within(tell, *shares[n - 1]))
            cuts.append((folder / WHOLE).stat().st_size // WIDTH)
        yield Joint(_coded(folder, cuts[-1], tell), cuts)


def _shares(parts: Sequence[Asset]) -> list[tuple[float, float]]:
    """From which to which per cent each part takes."""
    lengths = [part.duration_ms or 1 for part in parts]
    scale = (100 - CODING) / sum(lengths)
    return [(scale * sum(lengths[:n]), scale * sum(lengths[: n + 1])) for n in range(len(lengths))]


def _within(tell: Tell, low: float, high: float) -> Callable[[int], None]:
    return lambda percent: tell(round(low + (high - low) * min(100, percent) / 100))


def _lay(part: Asset, n: int, whole: Path, tell: Tell) -> None:
    """Behind what is there already: samples, so that nothing comes in between."""
    try:
        with bench(part, tell) as place:
            even = _change(place).of(plain(place, "mono"))
            place.run(even.output(PART, **RAW), share=60, limits=LIMITS)
            with place.path(PART).open("rb") as samples, whole.open("ab") as all_of_it:
                shutil.copyfileobj(samples, all_of_it, 1 << 20)
    except RenditionFailed as failed:
        raise PartSpoilt(part, n, str(failed)) from failed


def _change(place: Bench) -> Change:
    """As it was measured when its own forms were made; else it is listened to now."""
    form = place.asset.renditions.filter(name="m4a", state=Rendition.State.READY).first()
    if form and "gain" in form.facts:
        return Change(form.facts["gain"], is_limited=True)
    return change(place, listen(place, channels="mono", share=30), channels="mono")


def _coded(folder: Path, samples: int, tell: Tell) -> Path:
    place = Bench(Asset(duration_ms=samples * 1000 // RATE), folder, _within(tell, 100 - CODING, 100))
    raw = ffmpeg.input(WHOLE, f="s16le", ar=RATE, ac=1, protocol_whitelist="file,pipe")
    place.run(raw.output(JOINED, **FLAC), share=100, limits=LIMITS)
    return place.path(JOINED)

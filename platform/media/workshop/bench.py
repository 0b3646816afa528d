"""The place of one asset's work: its original in a folder of its own, ffmpeg under limits, how far it has come."""

import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ffmpeg
from django.utils.translation import gettext as _

from media import job, sniff
from media.errors import RenditionFailed, RenditionStopped
from media.models import Asset
from media.renditions import binary
from media.store import store

PREFIX = "qunke-rendition-"
MINIMUM = 60  # seconds of work allowed to the shortest
LONGEST = 12 * 3600
SOUND_LIMITS = {"pace": 1, "memory": 1 << 30, "size": 1 << 30}  # `pace`: seconds of work for one of sound
PROGRESS = "progress.txt"
DONE = re.compile(rb"out_time_us=(\d+)")
STOPPED = {"timeout", "SIGXCPU", "SIGXFSZ", "SIGKILL"}
Tell = Callable[[int], None]
Output = Any  # what `ffmpeg.output` answers; the library has no types


@dataclass(frozen=True)
class Made:
    """A finished form: one file, or a folder's worth under the names others ask for; `entry` is the one to begin with."""

    name: str
    mime: str
    files: dict[str, Path]
    entry: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Spoilt:
    """A form that could not be made, and the sentence why."""

    name: str
    error: str


Result = Made | Spoilt


class Bench:
    """`tell` hears how many per cent are done, and may raise to end everything."""

    def __init__(self, asset: Asset, folder: Path, tell: Tell) -> None:
        self.asset, self.folder, self.tell = asset, folder, tell
        self.source = folder / "source"
        self.seconds = max(1.0, (asset.duration_ms or 0) / 1000)
        self.percent = 0.0

    def read(self) -> Output:
        """The demuxer is named, so a playlist in audio's clothing is only bad audio; and no file may name another."""
        demuxer = sniff.BY_MIME[self.asset.mime].demuxer
        closed = {"enable_drefs": 0} if demuxer == "mov" else {}
        return ffmpeg.input(self.source.name, f=demuxer, protocol_whitelist="file,pipe", **closed)

    def run(self, *outputs: Output, share: float, limits: dict[str, int] = SOUND_LIMITS, level: str = "error") -> str:
        """Write these, which is so many per cent of all the work; what ffmpeg said. Raises `RenditionFailed`."""
        merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
        quiet = merged.global_args("-nostdin", "-hide_banner", "-nostats", "-loglevel", level, "-progress", PROGRESS)
        command = list(ffmpeg.compile(quiet, cmd=binary(), overwrite_output=True))
        (self.folder / PROGRESS).unlink(missing_ok=True)
        outcome = job.run(
            command=command, folder=self.folder, limits=self._limits(**limits), watch=lambda: self._look(share)
        )
        check(outcome)
        self.percent += share
        return outcome.complaint

    def path(self, name: str) -> Path:
        """A file that must have come of a run."""
        path = self.folder / name
        if not path.is_file() or not path.stat().st_size:
            raise RenditionFailed(_("转码失败：{reason}").format(reason=_("没有可用的内容。")))
        return path

    def _limits(self, *, pace: int, memory: int, size: int) -> job.Limits:
        wall = min(LONGEST, MINIMUM + round(self.seconds * pace))
        return job.Limits(wall=wall, cpu=wall * 4 if pace > 1 else wall, memory=memory, size=size)

    def _look(self, share: float) -> None:
        with contextlib.suppress(OSError), (self.folder / PROGRESS).open("rb") as file:
            file.seek(max(0, (self.folder / PROGRESS).stat().st_size - 600))
            if times := DONE.findall(file.read()):
                part = min(1.0, int(times[-1]) / 1e6 / self.seconds)
                return self.tell(round(self.percent + part * share))
        return self.tell(round(self.percent))


def check(outcome: job.Outcome) -> None:
    """Raises `RenditionFailed` with a sentence unless it went well."""
    if outcome.reason in STOPPED:
        raise RenditionStopped(_("转码超出了限制，已停止（{reason}）。").format(reason=outcome.reason))
    if not outcome.is_well:
        raise RenditionFailed(_("转码失败：{reason}").format(reason=outcome.complaint[-500:] or outcome.reason))


@contextlib.contextmanager
def bench(asset: Asset, tell: Tell) -> Iterator[Bench]:
    """With the original at hand; everything is gone when left."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        place = Bench(asset, Path(name), tell)
        store().download(key=asset.key, path=place.source)
        yield place


def _sweep() -> None:
    """A worker that was killed could not tidy up; nothing that old can still be in use."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > 2 * LONGEST:
                shutil.rmtree(folder, ignore_errors=True)


def together(work: Callable[[list[str]], list[Made]], names: list[str]) -> Iterator[Result]:
    """All in one run; where that fails, one by one, so that none takes the others along."""
    if not names:
        return
    try:
        yield from work(names)
    except RenditionStopped as stopped:
        yield from (Spoilt(name, str(stopped)) for name in names)
    except RenditionFailed as failed:
        if len(names) == 1:
            yield Spoilt(names[0], str(failed))
            return
        for name in names:
            yield from together(work, [name])

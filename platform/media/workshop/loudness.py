"""How loud a recording is, where it is silent, and what brings it to the loudness of all others.

Loudness is ITU-R BS.1770 as ffmpeg's ebur128 measures it, in LUFS; levels are of stretches of 50 ms, in dBFS.
"""

import math
import re
from dataclasses import dataclass
from itertools import accumulate, groupby
from statistics import fmean
from typing import Any

from media.workshop.bench import Bench, Output

TARGET = -16.0  # LUFS
CEILING = -1.5  # dBFS, so that coding does not clip
SILENT = -55.0  # LUFS; what is quieter is no voice, and is left as it is
LOUDEST_GAIN = 40.0  # dB
HELD = 0.8  # of what a peak is too high, the share by which its 50 ms get quieter: measured with spoken lessons
RELEASE = 60  # ms
BLOCK = 8  # stretches
TRIES = 8
DEEP, NEAR, CHECKS = 16.0, 0.4, 4  # dB held down from which on it is measured what came of it, until it is so near (LU)
RATE, LISTENING_RATE, STRETCH = 48000, 24000, 50  # Hz, Hz, ms
LEVELS = "levels.txt"
POINTS = 800
PAUSE, MARGIN = 700, 120  # ms: what counts as a pause, and what is left of it on either side
QUIET, NOISY = -42.0, -30.0  # dBFS: no threshold of silence lies outside of these
ABOVE_NOISE = 6.0  # dB
INTEGRATED = re.compile(r"I:\s+(-?inf|-?nan|-?[\d.]+) LUFS")
LEVEL = re.compile(r"lavfi\.astats\.Overall\.(Peak|RMS)_level=(\S+)")


@dataclass(frozen=True)
class Heard:
    """What one listening to the whole found: `loudness`, and peak and mean level of every 50 ms."""

    loudness: float
    peaks: list[float]
    means: list[float]

    @property
    def peak(self) -> float:
        return max(self.peaks, default=-math.inf)


@dataclass(frozen=True)
class Change:
    """What is done to a sound: `gain` in dB, and whether peaks are then held down."""

    gain: float = 0.0
    is_limited: bool = False

    def of(self, sound: Output) -> Output:
        louder = sound.filter("volume", f"{self.gain:.2f}dB") if self.gain else sound
        if not self.is_limited:
            return louder
        limit = f"{10 ** (CEILING / 20):.3f}"
        return louder.filter("alimiter", limit=limit, level="disabled", attack=5, release=60, latency="true")


def plain(bench: Bench, channels: str, *, rate: int = RATE) -> Output:
    """The first sound of the source at one rate, `mono` or `stereo`."""
    return bench.read()["a:0"].filter("aresample", rate).filter("aformat", channel_layouts=channels)


def listen(bench: Bench, *, channels: str, share: float) -> Heard:
    """Everything at once that only listening tells. Raises `RenditionFailed`."""
    sound = plain(bench, channels, rate=LISTENING_RATE)
    cut = sound.filter("asetnsamples", n=LISTENING_RATE * STRETCH // 1000, p=0)
    levels: dict[str, Any] = {"measure_perchannel": "none", "measure_overall": "Peak_level+RMS_level"}
    told = cut.filter("astats", metadata=1, reset=1, **levels).filter("ametadata", mode="print", file=LEVELS)
    loudness = _measured(bench, told, share)
    found = LEVEL.findall((bench.folder / LEVELS).read_text("ascii", "replace"))
    peaks, means = ([_decibel(text) for name, text in found if name == kind] for kind in ("Peak", "RMS"))
    return Heard(loudness, peaks, means)


def _decibel(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return -math.inf
    return -math.inf if math.isnan(number) else number


def change(bench: Bench, heard: Heard, *, channels: str) -> Change:
    """What brings it to `TARGET`. Holding peaks down takes loudness, so more is given where that is done."""
    if heard.loudness <= SILENT:
        return Change()
    gain = wanted = TARGET - heard.loudness
    for _ in range(TRIES):
        gain = min(LOUDEST_GAIN, wanted + _lost(heard, gain))
    if heard.peak + gain - CEILING > DEEP:
        gain = _corrected(bench, gain, channels)
    return Change(gain, is_limited=heard.peak + gain > CEILING)


def _corrected(bench: Bench, gain: float, channels: str) -> float:
    """A knock on the table is much louder than the voice: there the reckoning is too rough, and listening tells."""
    for _ in range(CHECKS):
        sound = Change(gain, is_limited=True).of(plain(bench, channels, rate=LISTENING_RATE))
        got = _measured(bench, sound, 0)
        if abs(TARGET - got) <= NEAR or not math.isfinite(got):
            break
        gain = min(LOUDEST_GAIN, gain + TARGET - got)
    return gain


def _measured(bench: Bench, sound: Output, share: float) -> float:
    scanned = sound.filter("ebur128", framelog="quiet")
    said = INTEGRATED.findall(bench.run(scanned.output("-", f="null"), share=share, level="info"))
    return _decibel(said[-1]) if said else -math.inf


def _lost(heard: Heard, gain: float) -> float:
    """The loudness (LU) that holding down the peaks takes."""
    held, after = 0.0, []
    for peak, mean in zip(heard.peaks, heard.means, strict=False):
        held = max(0.0, peak + gain - CEILING, held * math.exp(-STRETCH / RELEASE))
        after.append(mean - HELD * held)
    return _integrated(heard.means) - _integrated(after)


def _integrated(means: list[float]) -> float:
    """As BS.1770 counts it, but for the weighting of frequencies: blocks of 400 ms, the quiet ones left out."""
    sums = [0.0, *accumulate(10 ** (level / 10) for level in means)]
    blocks = [(sums[at + BLOCK] - sums[at]) / BLOCK for at in range(0, len(means) - BLOCK + 1, 2)]
    loud = [block for block in blocks if block > 1e-7]
    gate = fmean(loud) / 10 if loud else 0.0
    kept = [block for block in loud if block > gate]
    return 10 * math.log10(fmean(kept)) if kept else 0.0


def peaks(heard: Heard, change: Change) -> list[int]:
    """The outline of the sound as it will be heard: at most 800 values of 0 to 255, each as loud as its loudest moment."""
    size = max(1, math.ceil(len(heard.peaks) / POINTS))
    tops = (max(heard.peaks[at : at + size]) + change.gain for at in range(0, len(heard.peaks), size))
    return [min(255, round(255 * 10 ** (top / 20))) for top in tops]


def silences(heard: Heard, change: Change) -> list[list[int]]:
    """Pauses as [from, to] in ms, a little of each left standing. Where a room hums, the hum is its silence."""
    levels = [level + change.gain for level in heard.means]
    floor = sorted(levels)[len(levels) // 10] if levels else -math.inf
    threshold = min(NOISY, max(QUIET, floor + ABOVE_NOISE))
    found, at = [], 0
    for is_quiet, stretch in groupby(levels, lambda level: level < threshold):
        begins, at = at, at + STRETCH * len(list(stretch))
        if is_quiet and at - begins >= PAUSE:
            found.append([begins + MARGIN, at - MARGIN])
    return found

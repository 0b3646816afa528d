"""What is made of a film: a ladder of H.264 that goes no higher than the film itself, and a picture to begin with."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import ffmpeg
from PIL import Image, ImageStat

from media import footage
from media.renditions import MIMES
from media.workshop.bench import Bench, Made, Output, Result, together
from media.workshop.loudness import Change, Heard, change, listen, plain
from media.workshop.playlists import VOICE_CODEC, Variant
from media.workshop.sound import AAC, CLEAN, LOW_AAC, SEGMENT, folder, hls, outlines

LIMITS = {"pace": 8, "memory": 4 << 30, "size": 8 << 30}
POSTER_LIMITS = {"pace": 1, "memory": 4 << 30, "size": 64 << 20}
FASTEST = 30  # pictures a second
VOICE = Variant("a24")
WITHOUT_SOUND = Heard(float("-inf"), [], [])
POSTER_WIDTH = 1280
MOMENTS = (0.1, 0.3, 0.5, 0.8)  # of the film, until one is not black
DARK = 24  # of 255


@dataclass(frozen=True)
class Rung:
    """`short`: pixels of the shorter side; `rate`: kbit/s at most; `level`, `codec`: of H.264 Main."""

    short: int
    rate: int
    level: str
    codec: str


LADDER = (
    Rung(360, 800, "3.0", "avc1.4d401e"),
    Rung(720, 2500, "3.1", "avc1.4d401f"),
    Rung(1080, 4500, "4.0", "avc1.4d4028"),
)


def make(bench: Bench, names: Iterable[str]) -> Iterator[Result]:
    """Every form of these names, the small ones first. Raises `RenditionFailed` where nothing can be read."""
    names = set(names)
    if "poster" in names:
        yield from together(partial(_poster, bench), ["poster"])
    has_sound = footage.has_sound(bench.source, bench.asset.mime)
    heard = listen(bench, channels="stereo", share=10) if has_sound else WITHOUT_SOUND
    done = change(bench, heard, channels="stereo")
    yield from outlines(bench, heard, done, names)
    if "hls" in names:
        yield from together(partial(_films, bench, done, has_sound), ["hls"])


def rungs(bench: Bench) -> list[tuple[Rung, int, int]]:
    """Each with its width and height: even numbers in the film's own proportions."""
    wide, tall = bench.asset.width or 640, bench.asset.height or 360
    short = min(wide, tall)
    kept = [rung for rung in LADDER if rung.short <= short] or [LADDER[0]]
    return [(rung, *_even(wide, tall, min(1, rung.short / short))) for rung in kept]


def _even(wide: int, tall: int, scale: float) -> tuple[int, int]:
    return max(2, round(wide * scale / 2) * 2), max(2, round(tall * scale / 2) * 2)


def _films(bench: Bench, done: Change, has_sound: bool, names: list[str]) -> list[Made]:
    """One decoding for all rungs, cut at the same pictures, so that a player may change between them."""
    ladder = rungs(bench)
    pictures = bench.read()["V:0"].filter_multi_output("split", len(ladder))
    sounds = done.of(plain(bench, "stereo")).filter_multi_output("asplit", len(ladder) + 1) if has_sound else None
    outputs, variants = [], []
    for n, (rung, wide, tall) in enumerate(ladder):
        scaled = pictures[n].filter("scale", wide, tall).filter("setsar", 1).filter("format", "yuv420p")
        streams = [scaled, sounds[n]] if sounds else [scaled]
        outputs.append(_output(streams, rung))
        variants.append(Variant(_name(rung), _codecs(rung, has_sound), wide, tall))
    if sounds:
        outputs.append(sounds[len(ladder)].output("a24.m3u8", **hls("a24"), **LOW_AAC, ac=1))
        variants.append(VOICE)
    bench.run(*outputs, share=85, limits=LIMITS)
    return [folder(bench, variants)]


def _name(rung: Rung) -> str:
    return f"v{rung.short}"


def _codecs(rung: Rung, has_sound: bool) -> str:
    return f"{rung.codec},{VOICE_CODEC}" if has_sound else rung.codec


def _output(streams: list[Output], rung: Rung) -> Output:
    options: dict[str, Any] = {
        **CLEAN,
        **AAC,
        **hls(_name(rung)),
        "c:v": "libx264",
        "preset": "veryfast",
        "profile:v": "main",
        "level": rung.level,
        "crf": 24,
        "maxrate": f"{rung.rate}k",
        "bufsize": f"{2 * rung.rate}k",
        "force_key_frames": f"expr:gte(t,n_forced*{SEGMENT})",
        "sc_threshold": 0,
        "g": FASTEST * SEGMENT * 2,  # none but those
        "fpsmax": FASTEST,
        "b:a": "96k",
        "threads": min(4, os.cpu_count() or 1),
    }
    return ffmpeg.output(*streams, f"{_name(rung)}.m3u8", **options)


def _poster(bench: Bench, names: list[str]) -> list[Made]:
    """A telling picture from early on, unless it is dark there."""
    for moment in MOMENTS:
        at = round(bench.seconds * moment, 2)
        source = bench.read()
        source.node.kwargs["ss"] = at
        telling = source["V:0"].filter("thumbnail", 60).filter("scale", f"min({POSTER_WIDTH},iw)", -2)
        bench.run(
            telling.output("poster.webp", **CLEAN, vframes=1, f="webp", **{"c:v": "libwebp"}),
            share=1,
            limits=POSTER_LIMITS,
        )
        if not _is_dark(bench):
            break
    return [Made("poster", MIMES["poster"], {"poster.webp": bench.path("poster.webp")})]


def _is_dark(bench: Bench) -> bool:
    with Image.open(bench.path("poster.webp"), formats=["WEBP"]) as image:
        return ImageStat.Stat(image.convert("L")).mean[0] < DARK

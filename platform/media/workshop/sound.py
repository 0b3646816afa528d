"""What is made of a recorded voice. Two listenings and one coding make everything: nothing is coded twice."""

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import ffmpeg

from media.renditions import HLS, JSON, MIMES
from media.workshop.bench import Bench, Made, Output, Result, together
from media.workshop.loudness import Change, Heard, change, listen, peaks, plain, silences
from media.workshop.playlists import Variant, master

SEGMENT = 6  # seconds
CLEAN: dict[str, Any] = {"map_metadata": -1, "map_chapters": -1, "threads": 1}
AAC: dict[str, Any] = {"c:a": "aac", "aac_coder": "fast"}
M4A: dict[str, Any] = {**CLEAN, **AAC, "b:a": "64k", "movflags": "+faststart", "f": "ipod"}
OPUS: dict[str, Any] = {
    **CLEAN,
    "c:a": "libopus",
    "b:a": "16k",
    "ar": 16000,  # so few bits carry no more than 8 kHz of voice
    "compression_level": 2,
    "application": "voip",
    "frame_duration": 60,
    "f": "ogg",
}
LOW_AAC: dict[str, Any] = {**CLEAN, **AAC, "b:a": "24k", "ar": 24000}
VARIANTS = [Variant("a64"), Variant("a24")]
CODED = ("m4a", "low", "hls")


def make(bench: Bench, names: Iterable[str]) -> Iterator[Result]:
    """Every form of these names, one after the other. Raises `RenditionFailed` where the source cannot be heard at all."""
    names = set(names)
    heard = listen(bench, channels="mono", share=30)
    done = change(bench, heard, channels="mono")
    yield from outlines(bench, heard, done, names)
    coded = [name for name in CODED if name in names]
    yield from together(partial(code, bench, done, heard.loudness), coded)


def outlines(bench: Bench, heard: Heard, done: Change, names: set[str]) -> Iterator[Made]:
    """Peaks and silences: small, and wanted by players at once."""
    if "peaks" in names:
        length = bench.asset.duration_ms or 0
        yield written(bench, "peaks", {"duration_ms": length, "peaks": peaks(heard, done)})
    if "silence" in names:
        pauses = silences(heard, done)
        yield written(bench, "silence", pauses, silent_ms=sum(to - since for since, to in pauses))


def written(bench: Bench, name: str, data: object, **facts: Any) -> Made:
    path = bench.folder / f"{name}.json"
    path.write_text(json.dumps(data, separators=(",", ":")))
    return Made(name, JSON, {f"{name}.json": path}, facts=facts)


def code(bench: Bench, done: Change, loudness: float, names: list[str]) -> list[Made]:
    """One decoding for all; the stream of 64 kbit/s is the m4a's own."""
    sound = done.of(plain(bench, "mono"))
    files = {"m4a": ("m4a.m4a", M4A), "low": ("low.ogg", OPUS), "a24": ("a24.m3u8", hls("a24") | LOW_AAC)}
    wanted = set(names) | ({"m4a", "a24"} if "hls" in names else set())
    outputs = [(file, options) for name, (file, options) in files.items() if name in wanted]
    branches = sound.filter_multi_output("asplit", len(outputs))
    bench.run(
        *(branches[n].output(file, **options) for n, (file, options) in enumerate(outputs)),
        share=60,
    )
    facts = {"gain": round(done.gain, 1), "loudness_before": round(loudness, 1) if loudness > -100 else None}
    made = [Made(n, MIMES[n], {files[n][0]: bench.path(files[n][0])}, facts=facts) for n in names if n != "hls"]
    return [*made, ladder(bench)] if "hls" in names else made


def ladder(bench: Bench) -> Made:
    coded: Output = ffmpeg.input(bench.path("m4a.m4a").name, f="mov", protocol_whitelist="file,pipe")
    bench.run(coded["a:0"].output("a64.m3u8", **hls("a64"), c="copy"), share=5)
    return folder(bench, VARIANTS)


def hls(name: str) -> dict[str, Any]:
    """One file that is read in stretches: a lesson of an hour is two objects and not twelve hundred."""
    return {
        "f": "hls",
        "hls_time": SEGMENT,
        "hls_playlist_type": "vod",
        "hls_segment_type": "fmp4",
        "hls_flags": "single_file",
        "hls_segment_filename": f"{name}.mp4",
    }


def folder(bench: Bench, variants: list[Variant]) -> Made:
    """The playlists beside what they name, and the one above them."""
    names = [f"{variant.name}.{end}" for variant in variants for end in ("mp4", "m3u8")]
    files = {name: bench.path(name) for name in names}
    path = bench.folder / "master.m3u8"
    path.write_text(master(variants, bench.folder))
    return Made("hls", HLS, {**files, path.name: path}, entry=path.name, facts={"variants": [v.name for v in variants]})

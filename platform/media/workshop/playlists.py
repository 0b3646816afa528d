"""What a player reads first (RFC 8216): which variants there are and how many bits each takes."""

import re
from dataclasses import dataclass
from pathlib import Path

SEGMENT = re.compile(r"#EXTINF:([\d.]+),.*\n#EXT-X-BYTERANGE:(\d+)")
VOICE_CODEC = "mp4a.40.2"  # AAC-LC


@dataclass(frozen=True)
class Variant:
    """One rung of the ladder: `name` of its playlist and file, `width` and `height` of its picture if it has one."""

    name: str
    codecs: str = VOICE_CODEC
    width: int = 0
    height: int = 0


def master(variants: list[Variant], folder: Path) -> str:
    """The first one is what players begin with."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for variant in variants:
        most, mean = bits(folder / f"{variant.name}.m3u8")
        size = f",RESOLUTION={variant.width}x{variant.height}" if variant.width else ""
        facts = f'BANDWIDTH={most},AVERAGE-BANDWIDTH={mean},CODECS="{variant.codecs}"{size}'
        lines += [f"#EXT-X-STREAM-INF:{facts}", f"{variant.name}.m3u8"]
    return "\n".join([*lines, ""])


def bits(playlist: Path) -> tuple[int, int]:
    """Bits a second of its heaviest segment, and on average."""
    found = [(float(seconds), int(size)) for seconds, size in SEGMENT.findall(playlist.read_text())]
    long = [one for one in found if one[0] >= 1] or found  # the last may be a splinter
    most = max((8 * size / max(seconds, 0.01) for seconds, size in long), default=1)
    mean = 8 * sum(size for _, size in found) / max(0.01, sum(seconds for seconds, _ in found))
    return round(most), round(mean)

"""Draw one picture anew: `python -I redraw.py SOURCE FOLDER WIDTH HEIGHT`.

Writes picture.webp: the pixels, upright, and nothing else that was in the file; or leaves with one word on stderr. Stands
alone and runs under limits, because what it opens was made by a stranger.
"""

import sys
from pathlib import Path

from PIL import Image, ImageOps

LARGEST = 60_000_000  # pixels, before it is opened
Image.MAX_IMAGE_PIXELS = LARGEST


def main() -> None:
    source, folder, wide, tall = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    try:
        with Image.open(source, formats=["PNG", "JPEG", "WEBP"]) as image:
            if image.width * image.height > LARGEST:
                sys.exit("shape")
            image.draft("RGB", (2 * wide, 2 * tall))
            upright = ImageOps.exif_transpose(image)
            drawn(upright, wide, tall).save(folder / "picture.webp", quality=84, method=4)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        sys.exit("broken")


def drawn(image: Image.Image, wide: int, tall: int) -> Image.Image:
    """On paper where it lets through: what is drawn on nothing would be black for some."""
    if "A" in image.getbands() or "transparency" in image.info:
        over = image.convert("RGBA")
        paper = Image.new("RGBA", over.size, "white")
        image = Image.alpha_composite(paper, over)
    flat = image.convert("RGB")
    flat.thumbnail((wide, tall), Image.Resampling.LANCZOS)
    return Image.frombytes("RGB", flat.size, flat.tobytes())


if __name__ == "__main__":
    main()

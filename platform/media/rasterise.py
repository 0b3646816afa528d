"""Turn one PDF or picture into WebP pages: `python -I rasterise.py SOURCE FOLDER WIDTH PAGES`.

Writes 0001.webp, 0002.webp … or leaves with one word on stderr. Stands alone and runs under limits, because
what it opens was made by a stranger.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

TALLEST = 4  # times the width: taller than that is no slide
LARGEST = 60_000_000  # pixels of a picture, before it is opened
Image.MAX_IMAGE_PIXELS = LARGEST


def main() -> None:
    source, folder, width, pages = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    with source.open("rb") as file:
        is_pdf = file.read(5) == b"%PDF-"
    images = pdf(source, width, pages) if is_pdf else picture(source)
    for number, image in enumerate(images, 1):
        shrunk(image, width).save(folder / f"{number:04}.webp", quality=86, method=2)


def pdf(source: Path, width: int, pages: int) -> Iterator[Image.Image]:
    try:
        document = pdfium.PdfDocument(source)
    except pdfium.PdfiumError as error:
        sys.exit("locked" if "assword" in str(error) else "broken")
    if not 1 <= len(document) <= pages:
        sys.exit("pages")
    for page in document:
        wide, tall = page.get_size()
        if not proportioned(wide, tall):
            sys.exit("shape")
        yield page.render(scale=width / wide).to_pil()
        page.close()


def picture(source: Path) -> Iterator[Image.Image]:
    try:
        with Image.open(source, formats=["PNG", "JPEG", "WEBP"]) as image:
            if not proportioned(*image.size) or image.width * image.height > LARGEST:
                sys.exit("shape")
            image.load()
            yield image
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        sys.exit("broken")


def proportioned(wide: float, tall: float) -> bool:
    return wide > 0 and tall > 0 and wide / TALLEST <= tall * 2 and tall <= wide * TALLEST


def shrunk(image: Image.Image, width: int) -> Image.Image:
    flat = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    if flat.width <= width:
        return flat
    return flat.resize((width, max(1, round(flat.height * width / flat.width))), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()

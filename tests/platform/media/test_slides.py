"""A teacher brings pictures or a PDF; anything else is refused with a sentence."""

import io

import pytest
from PIL import Image

from media import slides
from media.errors import NotASlide

pytestmark = pytest.mark.once


def pdf(pages, size=(800, 450)):
    out = io.BytesIO()
    first, *rest = [Image.new("1", size) for _ in range(pages)]
    first.save(out, "PDF", save_all=True, append_images=rest)
    return out.getvalue()


def sizes(pages):
    found = [Image.open(io.BytesIO(page)) for page in pages]
    assert {page.format for page in found} == {"WEBP"}
    return [page.size for page in found]


def test_a_pdf_becomes_its_pages_in_order():
    assert sizes(slides.pages(data=pdf(3), mime="application/pdf")) == [(1600, 900)] * 3


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_one_page(picture, form):
    assert sizes(slides.pages(data=picture(640, 480, form), mime="")) == [(640, 480)]


def test_a_wide_picture_is_brought_to_the_width_of_a_slide(picture):
    assert sizes(slides.pages(data=picture(3200, 1800), mime="")) == [(1600, 900)]


def test_what_the_browser_claims_settles_nothing(picture):
    assert len(slides.pages(data=picture(640, 480), mime="application/pdf")) == 1
    with pytest.raises(NotASlide, match="不是图片"):
        slides.pages(data=b"<svg onload='alert(1)'/>", mime="image/png")


def test_a_pdf_of_too_many_pages_is_refused():
    with pytest.raises(NotASlide, match="200"):
        slides.pages(data=pdf(201, (8, 8)), mime="application/pdf")


def test_a_page_wide_as_a_hair_is_refused(picture):
    for data in (picture(1, 5000), picture(5000, 1), pdf(1, (1, 5000))):
        with pytest.raises(NotASlide, match="狭长"):
            slides.pages(data=data, mime="")


def test_a_picture_that_claims_to_be_enormous_is_refused(picture):
    import struct
    import zlib

    png = picture(10, 10)
    head = b"IHDR" + struct.pack(">II", 60000, 60000) + png[24:29]
    with pytest.raises(NotASlide):
        slides.pages(data=png[:12] + head + struct.pack(">I", zlib.crc32(head)) + png[33:], mime="image/png")


@pytest.mark.parametrize("data", [b"%PDF-1.7\nrubbish", b"\x89PNG\r\n\x1a\nrubbish", b"\xff\xd8\xffrubbish"])
def test_a_broken_file_is_refused(data):
    with pytest.raises(NotASlide, match="损坏"):
        slides.pages(data=data, mime="")


def test_a_file_that_is_too_large_is_refused(monkeypatch, picture):
    monkeypatch.setattr(slides, "LARGEST", 10)
    with pytest.raises(NotASlide, match="30 MB"):
        slides.pages(data=picture(640, 480), mime="")


def test_a_file_that_takes_too_long_is_given_up(monkeypatch):
    from media import job

    monkeypatch.setattr(slides.job, "run", lambda **_: job.Outcome("timeout", ""))
    with pytest.raises(NotASlide, match="超时"):
        slides.pages(data=pdf(1), mime="application/pdf")

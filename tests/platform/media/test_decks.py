"""Slides that are brought as a file become pages, or a sentence says what to bring instead."""

import io
import zipfile

import pytest
from PIL import Image

from media.errors import RenditionFailed
from media.models import Rendition
from media.services import keep, make_rendition, request_renditions

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def pdf(pages):
    out = io.BytesIO()
    first, *rest = [Image.new("1", (800, 450)) for _ in range(pages)]
    first.save(out, "PDF", save_all=True, append_images=rest)
    return out.getvalue()


def pptx():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("ppt/presentation.xml", "<p/>")
    return out.getvalue()


def deck(data):
    asset = keep(data=data, title="讲义", kind="file", mime="", guard="public")
    return asset, Rendition.objects.create(asset=asset, name="slides")


@pytest.fixture
def an_office(settings, tmp_path):
    """Stands in for LibreOffice: whatever the deck, it answers three pages."""
    (tmp_path / "three.pdf").write_bytes(pdf(3))
    program = tmp_path / "soffice"
    program.write_text(
        f'#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\ncp {tmp_path}/three.pdf "$2/deck.pdf"\n'
    )
    program.chmod(0o755)
    settings.SOFFICE = str(program)


def test_a_pdf_becomes_pages_with_addresses(client, disk):
    asset, row = deck(pdf(2))
    make_rendition(rendition=row)
    assert [page["number"] for page in asset.slides()] == [1, 2]
    answer = client.get(asset.slides()[1]["url"])
    assert Image.open(io.BytesIO(answer.getvalue())).size == (1600, 900)
    assert client.get(f"/media/{asset.uuid}/slides/0003.webp").status_code == 404


def test_a_pptx_becomes_pages_where_there_is_an_office(disk, an_office):
    asset, row = deck(pptx())
    make_rendition(rendition=row)
    assert len(asset.slides()) == 3


def test_without_an_office_the_sentence_asks_for_a_pdf(disk, settings):
    settings.SOFFICE = "/nowhere/soffice"
    asset, row = deck(pptx())
    with pytest.raises(RenditionFailed, match="请导出为 PDF 再上传"):
        make_rendition(rendition=row)
    assert asset.slides() == []


def test_a_plain_text_has_no_pages(disk):
    asset = keep(data="讲义".encode(), title="讲义", kind="file", mime="", guard="public")
    request_renditions(asset=asset)
    assert not asset.renditions.exists()

"""From rows to things."""

from typing import Any

from cms.carrying.facts import Thing
from cms.carrying.sources import Stored
from cms.storage import key_of
from media.models import Asset


def recording(asset: Asset) -> Thing:
    return Thing(
        "media",
        asset.title,
        asset.size,
        _extension(asset.key),
        Stored(asset.key),
        asset.kind,
        asset.transcript,
        asset.pk,
    )


def picture(image: Any) -> Thing:
    return _file("pictures", image)


def document(document: Any) -> Thing:
    return _file("files", document)


def _file(family: Any, one: Any) -> Thing:
    size = one.file_size or one.file.size
    return Thing(family, one.title, size, _extension(one.file.name), Stored(key_of(one.file.name)), row=one.pk)


def _extension(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2].lower()

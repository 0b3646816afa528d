"""Bringing the bytes of things into the school, and taking them out again when it came to nothing."""

import contextlib
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext as _
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from accounts.models import User
from cms.carrying.errors import BadPackage
from cms.carrying.facts import Thing
from media import probe
from media.errors import MediaRefused
from media.models import Asset
from media.services import forget, keep, request_renditions

Say = Callable[[int, int], object]  # so many of so many


@dataclass
class Keeper:
    """Rows for things. What it makes it remembers, to be undone as a whole.

    `resumed`: recordings that an interrupted try left behind; the same bytes need not come in twice.
    """

    by: User | None
    resumed: list[Asset] = field(default_factory=list)
    made: list[Any] = field(default_factory=list)
    _rows: dict[int, int] = field(default_factory=dict)
    _seen: list[Thing] = field(default_factory=list)  # alive, so that nothing else gets their identity

    def row(self, thing: Thing) -> int:
        return self._rows.get(id(thing), thing.row or 0)

    def keep_all(self, wanted: Iterable[Thing], say: Say, note: Callable[[Asset], object]) -> None:
        """Each once; `note` hears of every new recording as soon as it is there."""
        waiting = [thing for thing in wanted if thing.row is None]
        for number, thing in enumerate(waiting, 1):
            self.knows(thing, self._keep(thing, note))
            say(number, len(waiting))

    def knows(self, thing: Thing, row: int) -> None:
        self._seen.append(thing)
        self._rows[id(thing)] = row

    def _keep(self, thing: Thing, note: Callable[[Asset], object]) -> int:
        if thing.family == "media":
            return self._left_behind(thing) or self._recording(thing, note)
        model = get_image_model() if thing.family == "pictures" else get_document_model()
        with thing.source.path() as path:
            found = model.objects.filter(file_hash=_sha1(path)).first()
            return int((found or self._file(model, thing, path)).pk)

    def _left_behind(self, thing: Thing) -> int | None:
        for asset in self.resumed:
            from cms.carrying.lookups import recording

            if thing.kind == asset.kind and thing.same_bytes(recording(asset)):
                self.resumed.remove(asset)
                self.made.append(asset)
                return asset.pk
        return None

    def _recording(self, thing: Thing, note: Callable[[Asset], object]) -> int:
        try:
            with thing.source.path() as path:
                asset = keep(data=path, title=thing.title, kind=thing.kind, mime="", guard="staff", by=self.by)
        except MediaRefused as refused:
            raise BadPackage([f"{thing.title}：{refused}"]) from refused
        self.made.append(asset)
        note(asset)
        return asset.pk

    def _file(self, model: Any, thing: Thing, path: Path) -> Any:
        try:
            if thing.family == "pictures":
                probe.image(path)
            elif thing.size > probe.FILE_BYTES:
                raise BadPackage([_("%(title)s：文件太大了。") % {"title": thing.title}])
            with path.open("rb") as bytes_:
                one = model(title=thing.title, uploaded_by_user=self.by)
                one.file.save(f"file.{thing.extension}", File(bytes_), save=False)
                one._set_file_metadata() if hasattr(one, "_set_file_metadata") else None
                one.save()
        except MediaRefused as refused:
            raise BadPackage([f"{thing.title}：{refused}"]) from refused
        self.made.append(one)
        return one

    def settle(self) -> None:
        """Everything is in its place: have the other forms of the recordings made."""
        for one in self.made:
            if isinstance(one, Asset):
                request_renditions(asset=one)

    def undo(self) -> None:
        """Nothing came of it: no row and no byte stays."""
        for one in self.made:
            with contextlib.suppress(OSError):
                forget(asset=one) if isinstance(one, Asset) else one.delete()
        self.made = []


def _sha1(path: Path) -> str:
    """What Wagtail remembers a file by."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.sha1(usedforsecurity=False)).hexdigest()

"""Where Wagtail keeps pictures and documents: in the store, beside the recordings, where nobody finds a file by its name."""

import mimetypes
import re
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.deconstruct import deconstructible

from media.errors import Missing
from media.store import store

FOREIGN = re.compile(r"[^A-Za-z0-9._=/-]|(?<=/)\.")  # what a key of the store may not hold


@deconstructible
class PageFiles(Storage):
    """Django's storage over ours. Each file has a folder of its own, so no two share a key and none changes under its name."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        try:
            return ContentFile(store().read(key=key_of(name)), name)
        except Missing as missing:
            raise FileNotFoundError(name) from missing

    def _save(self, name: str, content: Any) -> str:
        key, mime = key_of(name), mime_of(name)
        if isinstance(content, TemporaryUploadedFile):
            store().put_file(key=key, path=content.temporary_file_path(), mime=mime)  # type: ignore[arg-type]
        else:
            content.seek(0)
            store().put_bytes(key=key, data=content.read(), mime=mime)
        return name

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        folder, _, file = name.rpartition("/")
        return super().get_available_name(f"{folder or 'files'}/{get_random_string(8)}/{file}", max_length)

    def delete(self, name: str) -> None:
        store().delete(key=key_of(name))

    def exists(self, name: str) -> bool:
        return store().exists(key=key_of(name))

    def size(self, name: str) -> int:
        try:
            return store().size(key=key_of(name))
        except Missing as missing:
            raise FileNotFoundError(name) from missing

    def url(self, name: str | None) -> str:
        """The gated address: whoever opens it is asked about."""
        return reverse("cms:picture", args=[name])


def key_of(name: str) -> str:
    return FOREIGN.sub("_", f"pages/{name}")


def mime_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"

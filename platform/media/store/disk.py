"""The store on this machine's own disk."""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from media import links
from media.errors import CutShort, Missing, StoreUnreachable
from media.store.base import CHUNK, KEY, Held, Part, Parts, checked, checked_prefix

PARTS = ".parts"  # no key begins with a dot


class Disk:
    """Files below one root. A write is seen whole or not at all, and then survives a power cut."""

    name = "disk"

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        return self.root / checked(key)

    def put_bytes(self, *, key: str, data: bytes, mime: str) -> None:
        with self._replacing(self.path(key)) as file:
            file.write(data)

    def put_file(self, *, key: str, path: Path, mime: str) -> None:
        with path.open("rb") as source, self._replacing(self.path(key)) as file:
            shutil.copyfileobj(source, file, 1 << 20)

    def read(self, *, key: str) -> bytes:
        with self._found(key):
            return self.path(key).read_bytes()

    def download(self, *, key: str, path: Path) -> None:
        with self._found(key), self.path(key).open("rb") as source, self._replacing(path) as file:
            shutil.copyfileobj(source, file, 1 << 20)

    def size(self, *, key: str) -> int:
        with self._found(key):
            return self.path(key).stat().st_size

    def held(self, *, key: str) -> Held:
        path = self.path(key)
        with self._found(key):
            known = path.stat()
        version = f"{known.st_size:x}-{known.st_mtime_ns:x}"
        return Held(known.st_size, known.st_mtime_ns / 1e9, version, partial(_parts, path))

    def exists(self, *, key: str) -> bool:
        return self.path(key).is_file()

    def keys(self, *, prefix: str) -> list[str]:
        folder = self.root / checked_prefix(prefix).rpartition("/")[0]
        found = (Path(at, name) for at, _, names in os.walk(folder) for name in names if name[0] != ".")
        known = (path.relative_to(self.root).as_posix() for path in found)
        return sorted(key for key in known if key.startswith(prefix) and KEY.fullmatch(key))

    def delete(self, *, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def link(self, *, key: str, mime: str, seconds: int, filename: str | None = None) -> str:
        return links.make(key=checked(key), mime=mime, seconds=seconds, filename=filename)

    def copy(self, *, key: str, to: str, mime: str) -> None:
        """Two names for one file: a file here is replaced, and never written into."""
        source, target = self.path(key), self.path(to)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._found(key):
            try:
                os.link(source, target)
            except FileExistsError:
                self.put_file(key=to, path=source, mime=mime)
        _sync_folder(target.parent)

    @contextlib.contextmanager
    def borrowed(self, *, key: str) -> Iterator[Path]:
        if not self.exists(key=key):
            raise Missing(key)
        yield self.path(key)

    def begin_parts(self, *, key: str, mime: str) -> str:
        sending = f"{checked(key).replace('/', '-')}.{secrets.token_hex(8)}"
        (self.root / PARTS / sending).mkdir(parents=True)
        return sending

    def part_link(self, *, key: str, sending: str, number: int, size: int, seconds: int) -> str | None:
        return None

    def put_part(self, *, key: str, sending: str, number: int, data: IO[bytes], size: int) -> Part:
        path = self._sent(key, sending) / f"{number:05}"
        with self._replacing(path) as file:
            left = size
            while left and (chunk := data.read(min(CHUNK, left))):
                left -= file.write(chunk)
            if left:
                raise CutShort(left)
        return _arrived(path)

    def parts(self, *, key: str, sending: str) -> list[Part]:
        return [_arrived(path) for path in _in_order(self._sent(key, sending))]

    def complete_parts(self, *, key: str, sending: str, mime: str) -> None:
        folder = self._sent(key, sending)
        with self._replacing(self.path(key)) as file:
            for path in _in_order(folder):
                with path.open("rb") as part:
                    shutil.copyfileobj(part, file, 1 << 20)
        shutil.rmtree(folder, ignore_errors=True)

    def drop_parts(self, *, key: str, sending: str) -> None:
        with contextlib.suppress(Missing):
            shutil.rmtree(self._sent(key, sending), ignore_errors=True)

    def _sent(self, key: str, sending: str) -> Path:
        """The folder of the parts. The name of a sending holds its key: nobody completes another's under theirs."""
        folder = self.root / PARTS / checked(sending)
        if "/" in sending or not sending.startswith(f"{checked(key).replace('/', '-')}.") or not folder.is_dir():
            raise Missing(key)
        return folder

    @contextlib.contextmanager
    def _found(self, key: str) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise Missing(key) from error
        except OSError as error:
            raise StoreUnreachable(str(error)) from error

    @contextlib.contextmanager
    def _replacing(self, path: Path) -> Iterator[IO[bytes]]:
        """A hidden file beside the target that takes its place when everything is on the disk."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        _sync_folder(path.parent)


def _in_order(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name.isdigit())


def _arrived(path: Path) -> Part:
    known = path.stat()
    return Part(int(path.name), known.st_size, f"{known.st_mtime_ns:x}")


def _parts(path: Path, first: int, last: int) -> Parts:
    with path.open("rb") as file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _sync_folder(folder: Path) -> None:
    """The new name itself must reach the disk too, or a power cut loses a finished write."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

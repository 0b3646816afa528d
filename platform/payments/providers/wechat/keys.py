"""The settings of the merchant, and what is wrong with them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from django.conf import settings

NEEDED = ("mchid", "appid", "app_secret", "api_v3_key", "cert_serial", "private_key")
API_V3_KEY_LENGTH = 32


def pem(setting: str) -> str:
    """PEM text (its lines may be joined by a written ``\\n``), or what is in the file of that name. Raises `OSError`."""
    if not setting or "-----BEGIN" in setting:
        return setting.replace("\\n", "\n")
    return Path(setting).read_text("ascii")


def wrong() -> list[str]:
    """The variables that are missing or cannot be used."""
    return [f"WECHAT_{name.upper()}" for name in _wrong(settings.WECHAT)]


def _wrong(said: dict[str, str]) -> Iterator[str]:
    yield from (name for name in NEEDED if not said[name])
    if said["api_v3_key"] and len(said["api_v3_key"].encode()) != API_V3_KEY_LENGTH:
        yield "api_v3_key"
    if said["private_key"] and not _loads(said["private_key"], lambda data: load_pem_private_key(data, None)):
        yield "private_key"
    if said["public_key"] and not _loads(said["public_key"], load_pem_public_key):
        yield "public_key"
    yield from (name for name in _halved(said) if not said[name])


def _halved(said: dict[str, str]) -> tuple[str, ...]:
    """A public key goes with its name; a merchant without one goes by certificates."""
    both = ("public_key", "public_key_id")
    return both if any(said[name] for name in both) else ()


def _loads(setting: str, load: Any) -> bool:
    try:
        load(pem(setting).encode())
    except (OSError, ValueError, TypeError):
        return False
    return True

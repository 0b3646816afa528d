"""Keys as people paste them: PEM text, the bare base64 of Alipay's key tool, or the path of a file with either."""

import base64
from pathlib import Path

from Cryptodome.PublicKey import RSA


def private(setting: str) -> str:
    """PEM. Raises ValueError when there is no private RSA key in it."""
    key = _key(setting)
    if not key.has_private():
        raise ValueError("Not a private key")
    return key.export_key().decode()


def public(setting: str) -> str:
    """PEM. Raises ValueError when there is no RSA key in it, or one that should not be shown to anybody."""
    key = _key(setting)
    if key.has_private():
        raise ValueError("Not a public key")
    return key.export_key().decode()


def _key(setting: str) -> RSA.RsaKey:
    text = setting.strip().replace("\\n", "\n")
    try:
        return _read(text)
    except ValueError:
        return _read(_content(text))


def _read(text: str) -> RSA.RsaKey:
    try:
        return RSA.import_key(text if "-----BEGIN" in text else base64.b64decode("".join(text.split()), validate=True))
    except (IndexError, TypeError) as error:
        raise ValueError("Not a key") from error


def _content(path: str) -> str:
    try:
        return Path(path).read_text("ascii").strip()
    except OSError as error:
        raise ValueError("Neither a key nor a file with one") from error

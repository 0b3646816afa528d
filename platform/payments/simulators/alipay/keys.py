"""The two key pairs of a merchant and Alipay, and RSA2: SHA-256 with RSA over sorted ``key=value`` pairs."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from payments.simulators.till import Books


@dataclass(frozen=True)
class Keys:
    merchant: RSAPrivateKey
    alipay: RSAPrivateKey


def kept(books: Books) -> Keys:
    """Those in the books; made and written down the first time, so that a simulator opened again has the same."""
    with books.lock:
        table = books["keys"]
        for name in ("merchant", "alipay"):
            if name not in table:
                table[name] = {"private": private_text(generate_private_key(65537, 2048))}
        books.save()
        return Keys(*(_read(table[name]["private"]) for name in ("merchant", "alipay")))


def private_text(key: RSAPrivateKey) -> str:
    """Bare base64, as Alipay's key tool shows it."""
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def public_text(key: RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def sorted_text(params: Mapping[str, str]) -> str:
    """What is signed: no `sign`, nothing empty."""
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "sign" and params[name])


def sign(key: RSAPrivateKey, text: str) -> str:
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def is_signed(key: RSAPrivateKey, text: str, signature: str) -> bool:
    try:
        key.public_key().verify(base64.b64decode(signature, validate=True), text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _read(text: str) -> RSAPrivateKey:
    return cast(RSAPrivateKey, load_der_private_key(base64.b64decode(text), None))

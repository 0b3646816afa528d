"""The keys on both sides of the counter: the merchant's, those WeChat signs with, and the secrets they share."""

import json
import secrets
import string
import time
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

FIVE_YEARS = timedelta(days=5 * 365)
PUBLIC_KEY = "PUB_KEY_ID_"


@dataclass(frozen=True)
class Seal:
    """A pair of keys and the name by which the other side finds it. Without a certificate it is a bare public key."""

    serial: str
    private: str
    certificate: str = ""

    @cached_property
    def key(self) -> RSAPrivateKey:
        key = load_pem_private_key(self.private.encode(), None)
        assert isinstance(key, RSAPrivateKey)  # noqa: S101  made below
        return key

    @property
    def public(self) -> str:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def is_bare(self) -> bool:
        return self.serial.startswith(PUBLIC_KEY)

    def sign(self, *lines: str) -> str:
        """SHA256 with RSA over the lines, each ended by a newline; base64."""
        return b64encode(self.key.sign(_joined(lines), PKCS1v15(), SHA256())).decode()

    def has_signed(self, signature: str, *lines: str) -> bool:
        try:
            self.key.public_key().verify(b64decode(signature), _joined(lines), PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass
class Keys:
    """All of them. `seals` are those WeChat signs with: any of them may be in use."""

    merchant: Seal
    seals: list[Seal]
    api_v3: str
    app_secret: str

    def seal(self, serial: str) -> Seal | None:
        return next((seal for seal in self.seals if seal.serial == serial), None)

    @property
    def bare(self) -> Seal:
        return next(seal for seal in self.seals if seal.is_bare)

    @property
    def certified(self) -> list[Seal]:
        """Newest last."""
        return [seal for seal in self.seals if not seal.is_bare]

    def encrypt(self, text: str, about: str) -> dict[str, str]:
        """AEAD_AES_256_GCM with the API v3 key; `about` is the associated data."""
        nonce = _random(12)
        sealed = AESGCM(self.api_v3.encode()).encrypt(nonce.encode(), text.encode(), about.encode())
        ciphertext = b64encode(sealed).decode()
        return {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": about,
            "ciphertext": ciphertext,
        }


def kept(folder: Path | None) -> Keys:
    """Those in `folder`, or new ones that are kept there; new ones kept nowhere without a folder."""
    file = folder / "wechat-keys.json" if folder else None
    if file and file.is_file():
        said = json.loads(file.read_text("utf-8"))
        seals = [Seal(**seal) for seal in said["seals"]]
        return Keys(Seal(**said["merchant"]), seals, said["api_v3"], said["app_secret"])
    keys = Keys(certified("1900000001"), [bare(), certified("Tenpay.com Root CA")], _random(32), _random(32))
    keep(keys, folder)
    return keys


def keep(keys: Keys, folder: Path | None) -> None:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "wechat-keys.json").write_text(json.dumps(asdict(keys)), "utf-8")


def bare() -> Seal:
    """What the merchant's platform calls the WeChat Pay public key."""
    return Seal(f"{PUBLIC_KEY}01{int(time.time()):010d}{secrets.randbelow(10**20):020d}", _pem(_new_key()))


def certified(name: str) -> Seal:
    key = _new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    number = (1 << 158) | secrets.randbits(157)  # forty digits
    made = x509.CertificateBuilder(
        subject, subject, key.public_key(), number, now - timedelta(days=1), now + FIVE_YEARS
    )
    certificate = made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
    return Seal(f"{number:040X}", _pem(key), certificate)


def _new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _random(length: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def _joined(lines: tuple[str, ...]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()

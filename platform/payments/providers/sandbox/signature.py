"""``Sandbox-Signature: t=<unix seconds>,v1=<hex>``: HMAC-SHA256 over ``<t>.<body>``."""

import hmac
import time
from collections.abc import Mapping

from django.conf import settings

from payments.errors import BadSignature
from payments.providers.base import check_fresh

HEADER = "Sandbox-Signature"
_SALT = b"payments.sandbox.webhook"


def sign(body: bytes, *, at: int | None = None) -> str:
    """The value of the header, for `at` or now."""
    at = int(time.time()) if at is None else at
    return f"t={at},v1={_digest(at, body)}"


def check(headers: Mapping[str, str], body: bytes) -> None:
    """Raises `BadSignature`, `StaleNotice`."""
    at, given = _parts(headers.get(HEADER, ""))
    if not hmac.compare_digest(_digest(at, body).encode(), given.encode()):
        raise BadSignature
    check_fresh(at)


def _parts(value: str) -> tuple[int, str]:
    parts = dict(part.partition("=")[::2] for part in value.split(","))
    at = parts.get("t", "")
    if not (at.isascii() and at.isdigit() and len(at) < 15):
        raise BadSignature
    return int(at), parts.get("v1", "")


def _digest(at: int, body: bytes) -> str:
    key = hmac.digest(settings.SECRET_KEY.encode(), _SALT, "sha256")
    return hmac.new(key, f"{at}.".encode() + body, "sha256").hexdigest()

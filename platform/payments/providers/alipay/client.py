"""The official client, with what it leaves open: China's time in what it sends, and an end to waiting and reading."""

import json
import logging
import urllib.request
from functools import lru_cache
from http.client import HTTPException
from typing import Any

from alipay import AliPay, AliPayException
from alipay.exceptions import AliPayValidationError
from django.conf import settings

from payments.errors import ProviderUnreachable
from payments.providers.alipay import keys, written

TIMEOUT_SECONDS = 8
LARGEST_ANSWER = 1 << 20
CLEAR_NO = "40004"  # what the trade itself forbids; other codes are about us, the line or Alipay's own troubles
UNCLEAR = "SYSTEM_ERROR"  # in any of its spellings: it may have been done

log = logging.getLogger(__name__)


class Refusal(Exception):
    """Alipay's clear no to what was asked, in its words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code} {words}")
        self.code, self.words = code, words


class Client(AliPay):
    def __init__(self, **more: Any) -> None:
        self.gateway = more.pop("gateway")
        super().__init__(**more)

    def build_body(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        body: dict[str, Any] = super().build_body(*args, **kwargs)
        return {**body, "timestamp": written.now()}

    def verified_sync_response(self, data: dict[str, Any], response_type: str) -> dict[str, Any]:
        raw = fetch(f"{self.gateway}?{self.sign_data(data)}", LARGEST_ANSWER).decode()
        answer: dict[str, Any] = self._verify_and_return_sync_response(raw, response_type)
        return answer

    def address(self, signed: str) -> str:
        """Of a page in the buyer's browser."""
        return f"{self.gateway}?{signed}"


def official() -> Client:
    said = settings.ALIPAY
    return _made(said["app_id"], said["private_key"], said["public_key"], said["gateway"])


def ask(method: str, *, notify_url: str = "", **wish: Any) -> dict[str, Any]:
    """Alipay's answer. Raises `Refusal`, and `ProviderUnreachable` when nothing certain was heard."""
    try:
        answer = official().server_api(method, wish, notify_url=notify_url)
    except AliPayException as unsigned:
        log.error("Alipay answers %s without a signature: %s", method, unsigned)
        raise ProviderUnreachable from unsigned
    except (OSError, HTTPException, ValueError, AttributeError, TypeError, AliPayValidationError) as error:
        raise ProviderUnreachable from error  # silence, a proxy's page, or what only looks like an answer
    return _believed(method, answer)


def fetch(url: str, largest: int) -> bytes:
    """Raises OSError, HTTPException; ValueError for more than `largest` bytes."""
    if not url.startswith(("https://", "http://")):
        raise ValueError("Not an address")
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  checked above
        body: bytes = answer.read(largest + 1)
    if len(body) > largest:
        raise ValueError("Too long an answer")
    return body


def _believed(method: str, answer: dict[str, Any]) -> dict[str, Any]:
    code, sub_code = str(answer.get("code")), str(answer.get("sub_code", ""))
    if code == "10000":
        return answer
    if code == CLEAR_NO and UNCLEAR not in sub_code:
        raise Refusal(sub_code, str(answer.get("sub_msg") or answer.get("msg") or ""))
    log.error("Alipay answers %s with %s", method, json.dumps(answer, ensure_ascii=False)[:500])
    raise ProviderUnreachable(sub_code)


@lru_cache(maxsize=4)
def _made(app_id: str, private_key: str, public_key: str, gateway: str) -> Client:
    """Once for each set of settings: reading keys takes time."""
    return Client(
        gateway=gateway,
        appid=app_id,
        app_private_key_string=keys.private(private_key),
        alipay_public_key_string=keys.public(public_key),
    )

"""The official-style client, made once for the settings as they are, and what its answers mean."""

import copy
import json
import logging
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import requests
from django.conf import settings
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

from payments.errors import ProviderRefused, ProviderUnreachable
from payments.providers.wechat.keys import pem

PATIENCE_SECONDS = (3, 10)  # to connect, to answer
CERTIFICATES_SECONDS = 10  # a stranger's notices must not make us ask for certificates without end
TRY_LATER = {401, 408, 429}  # 401: our keys or clock are wrong, which someone must mend; the buyer's wish stands
WAIT = {"", "SYSTEM_ERROR", "BANK_ERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "BIZERR_NEED_RETRY"}
log = logging.getLogger(__name__)

Answer = tuple[int, Any]


class Counterpart(Core):
    """The client's core at the address of the settings.

    Theirs asks for certificates while it is being made, and has none to verify with while it asks again.
    """

    _certificates: list[Any]

    def __init__(self, gateway: str, **facts: Any) -> None:
        self._lock, self._asks_again_at, self._address = threading.Lock(), 0.0, gateway
        super().__init__(**facts)

    @property
    def _gate_way(self) -> str:
        return self._address

    @_gate_way.setter
    def _gate_way(self, address: str) -> None:
        """Theirs is a constant."""

    def _init_certificates(self) -> None:
        """They are asked for when the first answer is to be verified."""

    def _update_certificates(self) -> None:
        with self._lock:
            if time.monotonic() < self._asks_again_at:
                return
            self._asks_again_at = time.monotonic() + CERTIFICATES_SECONDS
            fresh = copy.copy(self)
            fresh._certificates = []
            Core._update_certificates(fresh)
            self._certificates = fresh._certificates or self._certificates

    def has_signed(self, headers: dict[str, str], body: str) -> bool:
        """Whether WeChat signed this, by any of its keys; `headers` in small letters. May ask for certificates."""
        try:
            return bool(self._verify_signature(headers, body))
        except requests.RequestException as error:
            raise ProviderUnreachable from error
        except Exception:  # a strange algorithm, a serial that is no number: the client names no narrower one
            return False


class Client(WeChatPay):
    def __init__(self, facts: dict[str, str]) -> None:
        self._type, self._mchid, self._appid = WeChatPayType.NATIVE, facts["mchid"], facts["appid"]
        self._notify_url, self._partner_mode = None, False
        self._core = Counterpart(
            facts["api"].rstrip("/"),
            mchid=facts["mchid"],
            cert_serial_no=facts["cert_serial"],
            private_key=pem(facts["private_key"]),
            apiv3_key=facts["api_v3_key"],
            timeout=PATIENCE_SECONDS,
            public_key=pem(facts["public_key"]) or None,
            public_key_id=facts["public_key_id"] or None,
        )

    @property
    def core(self) -> Counterpart:
        return self._core


def client() -> Client:
    return _made(tuple(sorted(settings.WECHAT.items())))


@lru_cache(maxsize=4)
def _made(facts: tuple[tuple[str, str], ...]) -> Client:
    return Client(dict(facts))


def ask(send: Callable[[Client], Answer]) -> Any:
    """What WeChat answers. Raises `Refused` for a clear no, else `ProviderUnreachable`."""
    status, said = _sent(send)
    if 200 <= status < 300:
        return _read(said)
    refusal = _refusal(said)
    if status in TRY_LATER or status >= 500 or refusal.code in WAIT or "频率" in refusal.reason:
        log.warning("WeChat Pay answered %s %s: %s", status, refusal.code, refusal.reason)
        raise ProviderUnreachable from refusal
    raise refusal


class Refused(ProviderRefused):
    """A clear no, with WeChat's own `code`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def _sent(send: Callable[[Client], Answer]) -> Answer:
    try:
        return send(client())
    except requests.RequestException as error:
        raise ProviderUnreachable from error
    except Exception as error:  # the client has no narrower one for an answer that WeChat has not signed
        log.exception("What WeChat Pay answered is not believed")
        raise ProviderUnreachable from error


def _read(said: Any) -> Any:
    try:
        return json.loads(said) if isinstance(said, str) and said else said
    except ValueError as error:
        raise ProviderUnreachable from error


def _refusal(said: Any) -> Refused:
    """One without a code comes from a proxy on the way, not from WeChat."""
    try:
        told = json.loads(said)
        return Refused(str(told["code"]), str(told["message"]))
    except (ValueError, KeyError, TypeError):
        return Refused("", "")

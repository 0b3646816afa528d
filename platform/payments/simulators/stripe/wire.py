"""How Stripe is spoken to: nested forms, errors of one shape, signatures. https://docs.stripe.com/api"""

import hmac
import re
import secrets
from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]
API_VERSION = "2026-10-28.endive"


class Refusal(Exception):
    """Said to the client. `is_kept`: it was decided while acting, so its idempotency key answers the same again."""

    def __init__(
        self, message: str, *, status: int = 400, kind: str = "", code: str = "", param: str = "", is_kept: bool = False
    ) -> None:
        super().__init__(message)
        self.status, self.is_kept = status, is_kept
        said = {"code": code, "message": message, "param": param, "type": kind or "invalid_request_error"}
        self.body = {"error": {name: value for name, value in said.items() if value}}


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def unfold(pairs: Iterable[tuple[str, str]]) -> Row:
    """`a[b][0]=c` as {"a": {"b": ["c"]}}."""
    tree: Row = {}
    for name, value in pairs:
        *way, last = re.findall(r"[^\[\]]+", name)
        here = tree
        for step in way:
            here = here.setdefault(step, {})
        here[last] = value
    made: Row = _with_lists(tree)
    return made


def _with_lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    made = {name: _with_lists(value) for name, value in tree.items()}
    return list(made.values()) if made and all(name.isdigit() for name in made) else made


def only(given: Row, *known: str) -> None:
    """Stripe refuses what it does not know."""
    for name in given:
        if name not in (*known, "expand"):
            raise Refusal(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def needed(given: Row, *names: str) -> None:
    for name in names:
        if given.get(name) in (None, ""):
            raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)


def whole(given: Row, name: str) -> int:
    value = str(given[name])
    if not re.fullmatch(r"-?\d+", value):
        raise Refusal(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    return int(value)


def signature(body: bytes, secrets_used: list[str], at: int) -> str:
    """The value of `Stripe-Signature`: one v1 for every secret that is valid now, and a v0 nobody may believe."""
    said = f"{at}.".encode() + body
    digests = [hmac.new(secret.encode(), said, "sha256").hexdigest() for secret in secrets_used]
    return ",".join([f"t={at}", *(f"v1={digest}" for digest in digests), f"v0={'0' * 64}"])
